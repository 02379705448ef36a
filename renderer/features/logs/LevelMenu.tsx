import { Menu } from "@base-ui/react/menu";
import { Check, Tag } from "lucide-react";
import { levelChoices, type LevelChoice } from "../../ui/log/scan.ts";
import { Button } from "../../ui/button/Button.tsx";
import css from "./Logs.module.css";

const words: Readonly<Record<LevelChoice, string>> = { error: "Errors", warn: "Warnings", info: "Information", debug: "Debug", other: "Without a level" };

/** Chooses which levels are drawn; all of them is no filter. */
export function LevelMenu({ levels, onLevels }: { readonly levels: readonly LevelChoice[] | undefined; readonly onLevels: (levels: readonly LevelChoice[] | undefined) => void }) {
  function toggle(level: LevelChoice) {
    const chosen = levels ?? levelChoices;
    const next = levelChoices.filter((each) => (each === level ? !chosen.includes(each) : chosen.includes(each)));
    onLevels(next.length === levelChoices.length || next.length === 0 ? undefined : next);
  }
  const label = levels === undefined ? "Levels" : levels.length === 1 ? words[levels[0] as LevelChoice] : `${levels.length} levels`;
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button size="small" icon={<Tag />} aria-label={levels === undefined ? "Levels: all" : `Levels: ${label}`} />}>{label}</Menu.Trigger>
      <Menu.Portal role="region" aria-label="Levels">
        <Menu.Positioner align="end" sideOffset={4} className={css["menuPlace"]}>
          <Menu.Popup className={css["menu"]}>
            {levelChoices.map((level) => (
              <Menu.CheckboxItem key={level} className={css["menuItem"]} checked={levels === undefined || levels.includes(level)} onCheckedChange={() => toggle(level)} closeOnClick={false}>
                <span className={css["tick"]}><Menu.CheckboxItemIndicator><Check size={14} /></Menu.CheckboxItemIndicator></span>{words[level]}
              </Menu.CheckboxItem>
            ))}
            <Menu.Item className={css["menuItem"]} onClick={() => onLevels(["error", "warn"])}><span className={css["tick"]} />Errors and warnings only</Menu.Item>
            <Menu.Item className={css["menuItem"]} onClick={() => onLevels(undefined)}><span className={css["tick"]} />All levels</Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
