import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Check, Field, Input, Select } from "../../../ui/field/Field.tsx";
import { LabelRows } from "../../../ui/field/LabelRows.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import { emptyHost, type BuildText } from "./build-form.ts";
import { type } from "./build-store.ts";
import css from "../Build.module.css";

const platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x"];
const networks = [{ value: "", label: "Default" }, { value: "none", label: "None" }, { value: "host", label: "This machine’s" }];

export interface MoreFieldsProps {
  readonly text: BuildText;
  readonly wrong: (path: string) => string | undefined;
  /** Whether a step mounts an SSH agent; undefined where the engine cannot be lent one. */
  readonly ssh: boolean | undefined;
}

/** What few builds need, folded until it is used. */
export function MoreFields({ text, wrong, ssh }: MoreFieldsProps) {
  const used = usedWords(text, ssh !== undefined);
  const [chosen, setChosen] = useState<boolean>();
  const open = (chosen ?? used.length > 0) || wrongWithin(text, wrong);
  return (
    <>
      <button type="button" className={css["moreHead"]} aria-expanded={open} onClick={() => setChosen(!open)}>
        <ChevronRight className={css["chevron"]} size={14} aria-hidden="true" />More
        {!open && <span className="quiet cut">{used.length > 0 ? used.join(", ") : `Platform, labels, network, hosts${ssh === undefined ? "" : ", SSH agent"}`}</span>}
      </button>
      {open && (
        <>
          <div className={css["two"]}>
            <Field label="Platform" error={wrong("platform")}>
              {(props) => <Input {...props} mono list="build-platforms" placeholder="The engine’s" value={text.platform} onChange={(event) => type({ platform: event.target.value }, "platform")} />}
            </Field>
            <datalist id="build-platforms">{platforms.map((platform) => <option key={platform} value={platform} />)}</datalist>
            <Field label="Network">
              {(props) => <Select {...props} options={networks} value={text.network} onChange={(event) => type({ network: event.target.value }, "network")} />}
            </Field>
          </div>
          <LabelRows rows={text.labels} wrong={wrong} onChange={(labels) => type({ labels }, "labels")} onTouch={() => type({}, "labels")} />
          <Rows label="Extra hosts" noun="host" rows={text.hosts} blank={emptyHost} onChange={(hosts) => type({ hosts }, "hosts")} hint="Names that RUN finds.">
            {(row, index, change) => (
              <>
                <Cell width="first" error={wrong(`hosts.${index}.name`)}>
                  <Input mono aria-label={`Host name ${index + 1}`} aria-invalid={wrong(`hosts.${index}.name`) !== undefined} placeholder="db.internal" value={row.name} onChange={(event) => change({ name: event.target.value })} />
                </Cell>
                <Cell error={wrong(`hosts.${index}.address`)}>
                  <Input mono aria-label={`Host address ${index + 1}`} aria-invalid={wrong(`hosts.${index}.address`) !== undefined} placeholder="10.0.0.7" value={row.address} onChange={(event) => change({ address: event.target.value })} />
                </Cell>
              </>
            )}
          </Rows>
          {ssh !== undefined && <Check label="Lend it the SSH agent" hint={ssh ? "The Dockerfile asks for it." : "For steps with --mount=type=ssh."} checked={text.ssh} onChange={(event) => type({ ssh: event.target.checked }, "ssh")} />}
        </>
      )}
    </>
  );
}

function usedWords({ platform, network, labels, hosts, ssh }: BuildText, mayLend: boolean): string[] {
  return [platform !== "" && "platform", network !== "" && "network", labels.length > 0 && "labels", hosts.length > 0 && "hosts", ssh && mayLend && "SSH agent"].filter((word) => word !== false);
}

function wrongWithin({ labels, hosts }: BuildText, wrong: (path: string) => string | undefined): boolean {
  return wrong("platform") !== undefined || labels.some((_, index) => wrong(`labels.${index}.name`)) || hosts.some((_, index) => wrong(`hosts.${index}.name`) ?? wrong(`hosts.${index}.address`));
}
