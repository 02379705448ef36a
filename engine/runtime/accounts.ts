import { readTextInRoot } from "../sys/rooted-path.ts";
import { resolveUser, type ResolvedUser } from "./spec/user.ts";

const MAX_ACCOUNT_FILE = 4 * 1024 * 1024;

/**
 * Resolves Docker's `User` with the account files of a root file system, whose symlinks are followed but never out of it.
 * @param root host path of the root file system
 * @param groupAdd names or ids of `GroupAdd`
 * @throws EngineError `invalidArgument` in Docker's words
 */
export function userInRoot(root: string, user: string, groupAdd: readonly string[] = []): ResolvedUser {
  return resolveUser(user, readTextInRoot(root, "/etc/passwd", MAX_ACCOUNT_FILE), readTextInRoot(root, "/etc/group", MAX_ACCOUNT_FILE), groupAdd);
}
