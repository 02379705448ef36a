import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { plural } from "../../lib/time.ts";
import { forgetRegistry, logout } from "../../stores/registries.ts";
import { confirm } from "../../ui/overlay/confirms.ts";
import { placeWords } from "./words.ts";

/** Asks once, saying from where the secrets go, then logs out. */
export function askLogout(registries: readonly RegistryInfo[], after?: () => void): void {
  const held = registries.filter((each) => each.login !== undefined);
  const [first] = held;
  if (!first?.login) return;
  const what = held.length === 1 ? first.name : plural(held.length, "registry").replace("registrys", "registries");
  confirm({
    title: `Log out of ${what}`,
    body: held.length === 1
      ? <p>{first.login.place === "aws" ? "AWS credentials are no longer used for it; the profile itself stays." : `The login is removed from where it is kept (${placeWords(first.login.place, first.login.by).toLowerCase()}), also for Docker's CLI.`} Images stay.</p>
      : <p>Their logins are removed from where they are kept, also for Docker's CLI: {held.slice(0, 8).map((each) => each.name).join(", ")}{held.length > 8 && ` and ${held.length - 8} more`}. Images stay.</p>,
    action: `Log out of ${what}`,
    run: async () => {
      for (const each of held) await logout(each.host);
      after?.();
    },
  });
}

/** Asks once, then takes registries that were added off the list. */
export function askForget(registries: readonly RegistryInfo[], after?: () => void): void {
  const added = registries.filter((each) => each.added);
  const [first] = added;
  if (!first) return;
  const what = added.length === 1 ? first.name : plural(added.length, "registry").replace("registrys", "registries");
  confirm({
    title: `Forget ${what}`,
    body: <p>{added.length === 1 ? "It leaves this list, unless there is a login for it: that stays." : "They leave this list, unless there are logins for them: those stay."} Images stay.</p>,
    action: `Forget ${what}`,
    run: async () => {
      for (const each of added) await forgetRegistry(each.host);
      after?.();
    },
  });
}
