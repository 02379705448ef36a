import type { FlagSyntax, InstructionNode } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import type { InstructionContext } from "./context.ts";
import type { Word } from "./instructions.ts";
import { didYouMean } from "./suggest.ts";

/** `text` takes a value, once; `list` takes values; `switch` is true alone, or `true` or `false`. */
export type FlagKind = "text" | "list" | "switch";

/** The flags of an instruction, checked against those it knows. */
export interface Flags {
  text(name: string): Word | undefined;
  list(name: string): readonly Word[];
  /** Undefined when not given. */
  switch(name: string): boolean | undefined;
}

const NONE: Flags = { text: () => undefined, list: () => [], switch: () => undefined };

/** @throws EngineError `invalidArgument` for a flag that is unknown, given twice, or has the wrong kind of value */
export function readFlags(node: InstructionNode, known: Readonly<Record<string, FlagKind>>, context: InstructionContext): Flags {
  if (node.flags.length === 0) return NONE;
  const given = new Map<string, FlagSyntax[]>();
  for (const flag of node.flags) {
    const kind = Object.hasOwn(known, flag.name) ? known[flag.name]! : undefined;
    if (kind === undefined) throw context.error(flag.range, `unknown flag: --${excerpt(flag.name)}${didYouMean(flag.name, Object.keys(known), "--")}${whatIsKnown(node.name, known)}`);
    const earlier = given.get(flag.name);
    if (earlier !== undefined && kind !== "list") throw context.error(flag.range, `duplicate flag specified: --${flag.name} may be given once`);
    if (kind !== "switch" && flag.value === undefined) throw context.error(flag.range, `missing a value on flag: write --${flag.name}=VALUE`);
    if (kind === "switch") parseSwitch(flag, context);
    if (earlier === undefined) given.set(flag.name, [flag]);
    else earlier.push(flag);
  }
  const words = (name: string): Word[] => (given.get(name) ?? []).map((flag) => ({ raw: flag.value ?? "", range: flag.valueRange }));
  return {
    text: (name) => words(name)[0],
    list: words,
    switch(name) {
      const flag = given.get(name)?.[0];
      return flag === undefined ? undefined : parseSwitch(flag, context);
    },
  };
}

function parseSwitch(flag: FlagSyntax, context: InstructionContext): boolean {
  if (flag.value === "") throw context.error(flag.range, `missing a value on flag: --${flag.name} stands alone, or is true or false`);
  const value = flag.value?.toLowerCase() ?? "true";
  if (value !== "true" && value !== "false") throw context.error(flag.valueRange, `expecting boolean value for flag --${flag.name}, not: ${excerpt(flag.value!)}`);
  return value === "true";
}

function whatIsKnown(name: string, known: Readonly<Record<string, FlagKind>>): string {
  const names = Object.keys(known);
  return names.length === 0 ? `: ${name} has no flags` : `: ${name} knows ${names.map((flag) => `--${flag}`).join(", ")}`;
}
