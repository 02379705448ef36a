import { EngineError } from "../../base/errors.ts";

/** A user as the kernel knows it, and the home directory for HOME. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary one included. */
  readonly additionalGids: number[];
  readonly home: string;
}

const MAX_ID = 2 ** 31 - 1;

interface PasswdEntry { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string }
interface GroupEntry { readonly name: string; readonly gid: number; readonly members: readonly string[] }

/**
 * Resolves Docker's `User` (`name`, `uid`, `name:group`, `uid:gid`, ...) with the container's own files.
 * @param passwd text of /etc/passwd, empty when the container has none
 * @param group text of /etc/group
 * @param groupAdd names or ids of `GroupAdd`
 * @throws EngineError `invalidArgument` in Docker's words
 */
export function resolveUser(user: string, passwd: string, group: string, groupAdd: readonly string[] = []): ResolvedUser {
  const separator = user.indexOf(":");
  const userPart = separator < 0 ? user : user.slice(0, separator);
  const groupPart = separator < 0 ? "" : user.slice(separator + 1);
  const users = parsePasswd(passwd);
  const groups = parseGroup(group);

  const numeric = parseId(userPart);
  const entry = userPart === "" ? users.find(({ uid }) => uid === 0) : users.find(({ name, uid }) => name === userPart || uid === numeric);
  if (entry === undefined && userPart !== "" && numeric === undefined) throw new EngineError("invalidArgument", `unable to find user ${userPart}: no matching entries in passwd file`);
  const uid = checkId(entry?.uid ?? numeric ?? 0);

  let gid = entry?.gid ?? 0;
  const memberships: number[] = [];
  if (groupPart !== "") gid = groupId(groups, groupPart);
  else if (entry !== undefined) for (const { gid: membership, members } of groups) if (members.includes(entry.name)) memberships.push(membership);
  const extra = groupAdd.map((name) => groupId(groups, name));
  return { uid, gid: checkId(gid), additionalGids: [...new Set([gid, ...memberships, ...extra])], home: entry?.home || "/" };
}

function groupId(groups: readonly GroupEntry[], text: string): number {
  const numeric = parseId(text);
  const entry = groups.find(({ name, gid }) => name === text || gid === numeric);
  if (entry === undefined && numeric === undefined) throw new EngineError("invalidArgument", `unable to find group ${text}: no matching entries in group file`);
  return checkId(entry?.gid ?? numeric!);
}

function parseId(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function checkId(id: number): number {
  if (id < 0 || id > MAX_ID) throw new EngineError("invalidArgument", `uids and gids must be in range 0-${MAX_ID}`);
  return id;
}

function parsePasswd(text: string): PasswdEntry[] {
  return fields(text).flatMap(([name = "", , uid = "", gid = "", , home = ""]) => (name === "" || parseId(uid) === undefined ? [] : [{ name, uid: Number(uid), gid: parseId(gid) ?? 0, home }]));
}

function parseGroup(text: string): GroupEntry[] {
  return fields(text).flatMap(([name = "", , gid = "", members = ""]) => (name === "" || parseId(gid) === undefined ? [] : [{ name, gid: Number(gid), members: members.split(",").map((member) => member.trim()) }]));
}

function fields(text: string): string[][] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(":"));
}
