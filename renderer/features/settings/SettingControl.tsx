import type { UserSettings } from "../../../electron/ipc/contract/settings.ts";
import { Segments } from "../../ui/field/Segments.tsx";
import { Switch } from "../../ui/field/Switch.tsx";
import type { Setting } from "./settings-list.ts";

/** The switch or the choice of a setting. */
export function SettingControl({ setting, settings, onChange }: { readonly setting: Setting; readonly settings: UserSettings; readonly onChange: (part: Partial<UserSettings>) => void }) {
  const { control } = setting;
  if (control.type === "choice") return <Segments label={setting.name} value={control.value(settings)} options={control.options} onChange={(value) => onChange(control.change(value))} />;
  return <Switch label={setting.name} describedBy={`about-${setting.id}`} on={control.value(settings)} onChange={(on) => onChange(control.change(on, settings))} />;
}
