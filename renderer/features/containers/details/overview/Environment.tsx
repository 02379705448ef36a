import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../../../ui/button/Button.tsx";
import { Copyable } from "../../../../ui/display/Copy.tsx";
import { Card } from "../../../../ui/display/Facts.tsx";
import { masked } from "../../../../lib/secrets.ts";
import css from "./Overview.module.css";

/** Environment variables; values that look like secrets are hidden until asked for. */
export function Environment({ env }: { readonly env: readonly string[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set());
  const pairs = env.map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)] as const);
  const secrets = pairs.filter(([name, value]) => masked(name, value) !== undefined).map(([name]) => name);
  const allOpen = secrets.every((name) => open.has(name));
  function toggle(name: string): void {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  }
  return (
    <Card title="Environment" actions={secrets.length > 0 && <button type="button" className={css["reveal"]} onClick={() => setOpen(new Set(allOpen ? [] : secrets))}>{allOpen ? "Hide secrets" : "Show secrets"}</button>}>
      <dl className={css["env"]}>
        {pairs.map(([name, value]) => {
          const hidden = masked(name, value);
          const shown = hidden === undefined || open.has(name);
          return (
            <div key={name}>
              <dt className="mono cut" title={name}>{name}</dt>
              <dd>
                {value === "" ? <span className="quiet">empty</span> : <Copyable text={value} what={name}>{shown ? value : hidden}</Copyable>}
                {hidden !== undefined && <IconButton label={shown ? `Hide ${name}` : `Show ${name}`} tip={shown ? "Hide" : "Show"} onClick={() => toggle(name)}>{shown ? <EyeOff /> : <Eye />}</IconButton>}
              </dd>
            </div>
          );
        })}
      </dl>
    </Card>
  );
}
