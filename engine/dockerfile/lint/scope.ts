import { isEngineError } from "../../base/errors.ts";
import type { ImageRunConfig } from "../../oci/descriptor.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { ArgInstruction, Instruction, Word } from "../instructions/instructions.ts";
import { expandWord, expandWords, type Expansion, type WordsExpansion } from "../shell/expand.ts";
import { eachFrom, type LintFile, type LintOptions } from "./rule.ts";

/** Values longer than this are not followed. */
const MAX_VALUE_LENGTH = 64 * 1024;
/** What all values and copied names of one walk may come to; the rest of the file is then taken as unknown. */
const MAX_TOTAL = 16 * 1024 * 1024;
/** What patterns (`${name%.*}`) of one walk may come to, in comparisons. */
const MAX_PATTERN_WORK = 200_000_000;
const PATTERN = /\$\{[^}]*[#%/]/g;
/** What a copied name counts. */
const ENTRY_SIZE = 64;
/** Every image has it, by its configuration or by default. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The variables at one instruction. */
export interface Scope {
  /** Whether they are all known: those of the base image too. */
  readonly complete: boolean;
  readonly variables: ReadonlyMap<string, string>;
  /** ARGs, with or without a value. */
  readonly declared: ReadonlySet<string>;
  /** Undefined for what cannot be expanded, which the plan refuses. */
  expand(word: Word): Expansion | undefined;
  /** As {@link expand}, split at white space. */
  expandWords(word: Word): WordsExpansion | undefined;
}

/** Variables of FROM. */
export const PLATFORM_NAMES = ["BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE"];

/** Variables before the first FROM: the platforms, and ARGs with their values. @param args build arguments, which win over defaults */
export function globalVariables({ tree, parsed, options }: LintFile, args: LintOptions["args"] = {}): ReadonlyMap<string, string> {
  const platform = options.targetPlatform ?? { os: "linux", architecture: "amd64" };
  const variables = new Map(PLATFORM_NAMES.map((name) => [name, ""]));
  for (const prefix of ["BUILD", "TARGET"]) {
    variables.set(`${prefix}PLATFORM`, formatPlatform(platform));
    variables.set(`${prefix}OS`, platform.os);
    variables.set(`${prefix}ARCH`, platform.architecture);
  }
  const walk = new Walk(tree.directives.escape);
  for (const { assignments } of parsed.globalArgs) for (const { name, value } of assignments) {
    const given = ownValue(args, name.raw) ?? (value && walk.expand(value.raw, variables)?.value);
    if (given !== undefined) variables.set(name.raw, walk.hold(given));
  }
  return variables;
}

/** Expands words of one file with the same variables. Undefined for what cannot be expanded. */
export function expandIn({ tree }: LintFile, variables: ReadonlyMap<string, string>): (word: Word) => Expansion | undefined {
  const walk = new Walk(tree.directives.escape, variables);
  return (word) => walk.expand(word.raw, variables);
}

/** For each stage the index of the stage above that it begins with. */
export function baseStages(file: LintFile): readonly (number | undefined)[] {
  const globals = globalVariables(file, file.options.args);
  const walk = new Walk(file.tree.directives.escape, globals);
  const bases: (number | undefined)[] = [];
  eachFrom(file.parsed.stages, (from, _index, above) => bases.push(above.get((walk.expand(from.image.raw, globals)?.value ?? "").toLowerCase())));
  return bases;
}

/** Walks the stages' instructions with the variables before each. FROM itself is not visited. */
export function walkStages(file: LintFile, visit: (instruction: Instruction, scope: Scope, stage: number) => void): void {
  const { tree, parsed, options } = file;
  const globals = globalVariables(file, options.args);
  const walk = new Walk(tree.directives.escape, globals);
  const bases = baseStages(file);
  const ends: StageScope[] = [];
  for (const [index, { from, instructions }] of parsed.stages.entries()) {
    const base = bases[index];
    const scope = new StageScope(walk, globals, options.args ?? {});
    if (base !== undefined) scope.inherit(ends[base]!);
    else scope.begin(from.image.raw === "scratch" ? {} : options.baseConfig?.(index));
    for (const instruction of instructions) {
      visit(instruction, scope, index);
      scope.apply(instruction);
    }
    ends.push(scope);
  }
}

/** Expands words within what is left of the walk's bounds. */
class Walk {
  readonly #escape: "\\" | "`";
  #left = MAX_TOTAL;
  #work = MAX_PATTERN_WORK;
  #longest = 0;

  /** @param variables what words may hold from the beginning */
  constructor(escape: "\\" | "`", variables?: ReadonlyMap<string, string>) {
    this.#escape = escape;
    for (const value of variables?.values() ?? []) this.hold(value);
  }

  /** @returns false if that is too much */
  spend(size: number): boolean {
    this.#left -= size;
    return this.#left >= 0;
  }

  expand(raw: string, variables: ReadonlyMap<string, string>): Expansion | undefined {
    const expansion = this.#try(raw, () => expandWord(raw, variables, { escape: this.#escape, maxLength: MAX_VALUE_LENGTH }));
    return expansion !== undefined && this.spend(expansion.value.length) ? expansion : undefined;
  }

  expandWords(raw: string, variables: ReadonlyMap<string, string>): WordsExpansion | undefined {
    return this.#try(raw, () => expandWords(raw, variables, { escape: this.#escape, maxLength: MAX_VALUE_LENGTH }));
  }

  /** Notes a value that later words may hold. */
  hold(value: string): string {
    this.#longest = Math.max(this.#longest, value.length);
    return value;
  }

  #try<T>(raw: string, work: () => T): T | undefined {
    // A pattern may be tried at every character of a value, each time to its end.
    const patterns = raw.includes("${") ? (raw.match(PATTERN)?.length ?? 0) : 0;
    if (patterns > 0) this.#work -= patterns * this.#longest ** 2;
    if (!this.spend(raw.length) || this.#work < 0) return undefined;
    try {
      return work();
    } catch (error) {
      if (isEngineError(error, "invalidArgument", "resourceExhausted")) return undefined;
      throw error;
    }
  }
}

class StageScope implements Scope {
  readonly #walk: Walk;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #args: Readonly<Record<string, string>>;
  readonly variables = new Map<string, string>();
  readonly declared = new Set<string>();
  complete = false;

  constructor(walk: Walk, globals: ReadonlyMap<string, string>, args: Readonly<Record<string, string>>) {
    this.#walk = walk;
    this.#globals = globals;
    this.#args = args;
  }

  inherit(base: StageScope): void {
    if (!this.#walk.spend(ENTRY_SIZE * (base.variables.size + base.declared.size))) return;
    this.complete = base.complete;
    for (const [name, value] of base.variables) this.variables.set(name, value);
    for (const name of base.declared) this.declared.add(name);
  }

  begin(config: ImageRunConfig | undefined): void {
    if (config === undefined) return;
    this.complete = true;
    this.variables.set("PATH", DEFAULT_PATH);
    for (const entry of config.Env ?? []) {
      const [name, ...value] = entry.split("=");
      this.variables.set(name!, this.#walk.hold(value.join("=")));
    }
  }

  expand(word: Word): Expansion | undefined {
    return this.#walk.expand(word.raw, this.variables);
  }

  expandWords(word: Word): WordsExpansion | undefined {
    return this.#walk.expandWords(word.raw, this.variables);
  }

  apply(instruction: Instruction): void {
    if (instruction.type === "ARG") this.#declare(instruction);
    if (instruction.type !== "ENV") return;
    // Words of one ENV do not see each other.
    const values = instruction.assignments.map(({ name, value }) => [this.expand(name)?.value, value && this.expand(value)?.value] as const);
    for (const [name, value] of values) {
      if (name === undefined || value === undefined) this.complete = false;
      else this.variables.set(name, this.#walk.hold(value));
    }
  }

  #declare({ assignments }: ArgInstruction): void {
    for (const { name, value } of assignments) {
      this.declared.add(name.raw);
      const given = ownValue(this.#args, name.raw) ?? (value === undefined ? this.#globals.get(name.raw) : this.expand(value)?.value);
      if (given !== undefined) this.variables.set(name.raw, this.#walk.hold(given));
    }
  }
}

function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
