import { ChevronRight } from "lucide-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { useStore } from "zustand";
import type { Restart } from "../../../lib/run/form.ts";
import { containersStore } from "../../../stores/containers.ts";
import { imagesStore } from "../../../stores/images.ts";
import { Field, Input, Select } from "../../../ui/field/Field.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import { fields, groups, isFound, specials, usedIn, wordsOfField, type Group, type Special } from "./fields.ts";
import type { FormApi } from "./form-api.ts";
import { Health } from "./Health.tsx";
import { Logging } from "./Logging.tsx";
import { MountRows } from "./MountRows.tsx";
import { EnvRows, NamedRows } from "./NamedRows.tsx";
import { NetworkRows } from "./NetworkRows.tsx";
import { Sysctls, SimpleField } from "./Parts.tsx";
import { PortRows } from "./PortRows.tsx";
import css from "./Run.module.css";

const restarts: readonly { value: Restart; label: string }[] = [
  { value: "no", label: "Never" },
  { value: "on-failure", label: "When it fails" },
  { value: "unless-stopped", label: "Always, unless stopped" },
  { value: "always", label: "Always" },
];

export interface ContainerFormProps {
  readonly form: FormApi;
  /** Whether the image is on this machine. */
  readonly here: boolean;
  /** Shown beside the search. */
  readonly tools?: ReactNode;
  /** The part that is brought into view first. */
  readonly at?: Special | undefined;
  readonly onSubmit: () => void;
  readonly children?: ReactNode;
}

/** All options of a container: the common ones open, the rest folded by group, all found by the search. */
export function ContainerForm({ form, here, tools, at, onSubmit, children }: ContainerFormProps) {
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<ReadonlySet<Group>>(new Set());
  const element = useRef<HTMLFormElement>(null);
  const searching = query.trim() !== "";
  useEffect(() => {
    if (at === undefined) return;
    const part = element.current?.querySelector<HTMLElement>(`[data-part="${at}"]`);
    part?.scrollIntoView({ block: "center" });
    part?.querySelector<HTMLElement>("input, button")?.focus();
  }, [at]);

  const shown = groups.map((group) => {
    const simple = fields.filter((field) => field.group === group && (!searching || isFound(query, wordsOfField(field))));
    const special = specials.filter((each) => each.group === group && (!searching || isFound(query, `${each.words} ${group}`))).map(({ id }) => id);
    return { group, simple, special, used: usedIn(group, form.text), faulty: hasFault(group, form) };
  }).filter(({ simple, special }) => simple.length + special.length > 0);

  return (
    <form ref={element} className={css["form"]} onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>
      <div className={css["tools"]}>
        <SearchField label="Find an option" value={query} onChange={setQuery} />
        {tools}
      </div>
      {shown.length === 0 && <p className={css["nothing"]} role="status">No option is called “{query}”.</p>}
      {shown.map(({ group, simple, special, used, faulty }) => {
        const body = <GroupBody group={group} simple={simple} special={special} form={form} here={here} />;
        if (group === "General" || searching) return <section key={group} className={css["group"]} aria-label={group}>{searching && <h3 className={css["heading"]}>{group}</h3>}{body}</section>;
        const unfolded = open.has(group) || faulty;
        return <Fold key={group} title={group} used={used} open={unfolded} onToggle={() => setOpen((before) => { const next = new Set(before); if (!next.delete(group)) next.add(group); return next; })}>{body}</Fold>;
      })}
      {children}
      <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">Go</button>
    </form>
  );
}

/** Something in a folded group is wrong, and shown to be. */
function hasFault(group: Group, { wrong, text }: FormApi): boolean {
  const rows: Partial<Record<Group, readonly string[]>> = {
    Network: text.networks.flatMap((_, index) => ["name", "aliases", "ip", "mac"].map((key) => `networks.${index}.${key}`)),
    "Health check": ["healthCommand", "healthInterval", "healthTimeout", "healthRetries", "healthStartPeriod"],
    Security: text.sysctls.map((_, index) => `sysctls.${index}.name`),
    Labels: text.labels.map((_, index) => `labels.${index}.name`),
    Logging: ["logDriver", ...text.logOptions.map((_, index) => `logOptions.${index}.name`)],
  };
  return fields.some((field) => field.group === group && wrong(field.key) !== undefined) || (rows[group] ?? []).some((path) => wrong(path) !== undefined);
}

function Fold({ title, used, open, onToggle, children }: { readonly title: string; readonly used: number; readonly open: boolean; readonly onToggle: () => void; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className={css["fold"]} aria-label={title}>
      <button type="button" className={css["foldHead"]} aria-expanded={open} aria-controls={id} onClick={onToggle}>
        <ChevronRight size={14} aria-hidden="true" />
        <span>{title}</span>
        {used > 0 && <span className={css["used"]}>{used} set</span>}
      </button>
      {open && <div id={id} className={css["group"]}>{children}</div>}
    </section>
  );
}

interface GroupBodyProps {
  readonly group: Group;
  readonly simple: readonly (typeof fields)[number][];
  readonly special: readonly Special[];
  readonly form: FormApi;
  readonly here: boolean;
}

function GroupBody({ group, simple, special, form, here }: GroupBodyProps) {
  const texts = simple.filter((field) => field.kind !== "check" && field.key !== "command");
  const checks = simple.filter((field) => field.kind === "check");
  const command = simple.find((field) => field.key === "command");
  const part = (id: Special, body: ReactNode): ReactNode => special.includes(id) && <div key={id} data-part={id}>{body}</div>;
  return (
    <>
      {part("image", <ImageAndName form={form} here={here} />)}
      {part("ports", <PortRows form={form} />)}
      {part("env", <EnvRows form={form} />)}
      {part("mounts", <MountRows form={form} />)}
      {command && <SimpleField spec={command} form={form} />}
      {part("restart", <RestartFields form={form} />)}
      {part("networks", <NetworkRows form={form} />)}
      {part("health", <Health form={form} />)}
      {texts.length > 0 && <div className={group === "Resources" ? css["three"] : css["halves"]}>{texts.map((spec) => <SimpleField key={spec.key} spec={spec} form={form} />)}</div>}
      {checks.length > 0 && <div className={css["checks"]}>{checks.map((spec) => <SimpleField key={spec.key} spec={spec} form={form} />)}</div>}
      {part("sysctls", <Sysctls form={form} />)}
      {part("labels", <NamedRows label="Labels" noun="label" field="labels" form={form} />)}
      {part("logging", <Logging form={form} />)}
    </>
  );
}

function ImageAndName({ form, here }: { readonly form: FormApi; readonly here: boolean }) {
  const { text, wrong, type, self } = form;
  const images = useStore(imagesStore, (state) => state.rows);
  const owner = useStore(containersStore, (state) => (text.name.trim() === "" ? undefined : state.rows.find((row) => row.name === text.name.trim() && row.id !== self)));
  const taken = owner && `Another container is called ${owner.name}.`;
  const fixed = self !== undefined;
  return (
    <div className={css["two"]}>
      <Field label="Image" error={wrong("image")} hint={fixed ? "Another image needs a new container." : text.image.trim() && !here && wrong("image") === undefined ? "Not on this machine: it is pulled first." : undefined}>
        {(props) => <Input {...props} mono autoFocus={!fixed} readOnly={fixed} list="run-images" placeholder="nginx:alpine" onPaste={(event) => { if (form.fill?.(event.clipboardData.getData("text")) === true) event.preventDefault(); }} value={text.image} onChange={(event) => type({ image: event.target.value }, "image")} />}
      </Field>
      <datalist id="run-images">{images.filter((row) => row.tag).map((row) => <option key={row.key} value={row.reference} />)}</datalist>
      <Field label="Name" error={wrong("name") ?? taken}>
        {(props) => <Input {...props} placeholder="Chosen by the engine" value={text.name} onChange={(event) => type({ name: event.target.value }, "name")} />}
      </Field>
    </div>
  );
}

function RestartFields({ form }: { readonly form: FormApi }) {
  const { text, wrong, type } = form;
  return (
    <div className={css["two"]}>
      <Field label="Restart">
        {(props) => <Select {...props} options={restarts} value={text.restart} onChange={(event) => type({ restart: event.target.value as Restart }, "restart")} />}
      </Field>
      {text.restart === "on-failure" && (
        <Field label="At most" error={wrong("restartRetries")}>
          {(props) => <Input {...props} mono placeholder="As often as it fails" value={text.restartRetries} onChange={(event) => type({ restartRetries: event.target.value }, "restartRetries")} />}
        </Field>
      )}
    </div>
  );
}
