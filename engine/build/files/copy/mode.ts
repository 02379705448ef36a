import { EngineError } from "../../../base/errors.ts";

/** What `--chmod` makes of an entry's mode; file type bits are never among them. */
export interface ModeChange {
  apply(mode: number, isDirectory: boolean): number;
}

const KEPT: ModeChange = { apply: (mode) => mode };
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;

/**
 * Reads a mode as chmod(1) takes it: octal, or clauses such as `u=rwX,go-w`. Who is not named is everybody, whatever the umask.
 * @throws EngineError `invalidArgument`
 */
export function parseModeChange(text: string | undefined): ModeChange {
  if (text === undefined || text === "") return KEPT;
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return { apply: () => mode };
  }
  const steps = /^[0-9]/.test(text) ? undefined : text.split(",").flatMap((clause) => readClause(clause) ?? [undefined]);
  if (steps === undefined || steps.includes(undefined)) {
    throw new EngineError("invalidArgument", `invalid chmod parameter: ${JSON.stringify(text)}: it should be an octal string between 0 and 07777, or changes such as u+x,g-w`);
  }
  return { apply: (mode, isDirectory) => steps.reduce((current, step) => step!(current, isDirectory), mode) };
}

type Step = (mode: number, isDirectory: boolean) => number;

function readClause(clause: string): Step[] | undefined {
  const match = CLAUSE.exec(clause);
  if (match === null) return undefined;
  const affected = affectedBy(match[1]!);
  return [...match[2]!.matchAll(/([-+=])([^-+=]*)/g)].map(([, operator, permissions]) => stepOf(affected, operator!, permissions!));
}

/** The bits that a clause may change at all. */
function affectedBy(who: string): number {
  if (who === "" || who.includes("a")) return 0o7777;
  return (who.includes("u") ? 0o4700 : 0) | (who.includes("g") ? 0o2070 : 0) | (who.includes("o") ? 0o1007 : 0);
}

function stepOf(affected: number, operator: string, permissions: string): Step {
  return (mode, isDirectory) => {
    const wanted = bitsOf(permissions, mode, isDirectory) & affected;
    // A directory keeps its set-id bits unless they are named.
    const kept = isDirectory ? 0o6000 & ~wanted : 0;
    if (operator === "+") return mode | wanted;
    if (operator === "-") return mode & ~wanted;
    return (mode & (~affected | kept)) | wanted;
  };
}

/** The bits that permissions stand for, for everybody. */
function bitsOf(permissions: string, mode: number, isDirectory: boolean): number {
  if (/^[ugo]$/.test(permissions)) return ((mode >> { u: 6, g: 3, o: 0 }[permissions as "u" | "g" | "o"]) & 7) * 0o111;
  let bits = 0;
  for (const permission of permissions) {
    switch (permission) {
      case "r": bits |= 0o444; break;
      case "w": bits |= 0o222; break;
      case "x": bits |= 0o111; break;
      case "X": if (isDirectory || (mode & 0o111) !== 0) bits |= 0o111; break;
      case "s": bits |= 0o6000; break;
      case "t": bits |= 0o1000; break;
    }
  }
  return bits;
}
