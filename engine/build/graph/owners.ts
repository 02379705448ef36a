import { resolveUser } from "../../runtime/spec/user.ts";
import { readTextInLayers } from "../../snapshots/merged-view.ts";

const MAX_ACCOUNT_FILE = 4 << 20;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who USER means in a root file system (layers top first). @throws EngineError `invalidArgument` for an unknown name */
export function userInLayers(layers: readonly string[], user: string): Owner {
  if (user === "") return { uid: 0, gid: 0 };
  const { uid, gid } = resolveUser(user, readTextInLayers(layers, "/etc/passwd", MAX_ACCOUNT_FILE), readTextInLayers(layers, "/etc/group", MAX_ACCOUNT_FILE));
  return { uid, gid };
}

/** Who `--chown` means: a number without group is its own group. @throws as {@link userInLayers} */
export function chownInLayers(layers: readonly string[], chown: string | undefined): Owner | undefined {
  if (chown === undefined) return undefined;
  return /^\d+$/.test(chown) ? { uid: Number(chown), gid: Number(chown) } : userInLayers(layers, chown);
}
