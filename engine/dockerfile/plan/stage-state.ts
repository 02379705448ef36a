import { EngineError } from "../../base/errors.ts";
import type { ImageConfig, ImageRunConfig } from "../../oci/descriptor.ts";
import type { Range } from "../dockerfile.ts";
import type { Word } from "../instructions/instructions.ts";
import { expandHeredoc, expandWord, expandWords, type Expansion, type WordsExpansion } from "../shell/expand.ts";
import { locate, type PlanContext } from "./context.ts";

/** As Docker's. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/**
 * What one stage's plan may hold, in characters of expanded text and copied entries: a Dockerfile is untrusted, and a few lines can double a value
 * many times.
 */
const MAX_SIZE = 32 << 20;
/** What an entry of a copied list counts. */
export const ENTRY_SIZE = 32;

/** ARGs that reach no process (BuildKit's scanners read them). */
const NOT_IN_ENVIRONMENT = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

/** What a stage hands to stages that begin with it, besides its image. */
export interface InheritedScope {
  readonly variables: ReadonlyMap<string, string>;
  readonly fromArg: ReadonlySet<string>;
  readonly declared: ReadonlyMap<string, string>;
  readonly author: string | undefined;
}

/** A stage while it is planned, instruction by instruction. */
export class StageState {
  readonly context: PlanContext;
  config: ImageRunConfig;
  author: string | undefined;
  /** Whether CMD came in this stage: ENTRYPOINT drops an inherited one. */
  hasOwnCommand = false;
  /** What `$NAME` and RUN's processes see: the image's environment and ARGs, the later one winning, in the order they were set. */
  readonly #variables: Map<string, string>;
  /** Variables whose value an ARG gave. */
  readonly #fromArg: Set<string>;
  /** ARGs of the stage with the value each last had, empty without, in the order of their first mention. */
  readonly #declared: Map<string, string>;
  #environment: readonly string[] | undefined;
  #arguments: Readonly<Record<string, string>> | undefined;
  #left = MAX_SIZE;
  #read = new Set<string>();
  #unset = new Set<string>();

  constructor(context: PlanContext, base: ImageConfig, inherited: InheritedScope | undefined) {
    this.context = context;
    const { OnBuild: _triggers, ...config } = base.config ?? {};
    const env = config.Env ?? [];
    const hasPath = env.some((entry) => entry.split("=", 1)[0] === "PATH");
    this.config = { ...config, Env: hasPath ? env : [...env, `PATH=${DEFAULT_PATH}`] };
    this.author = inherited === undefined ? base.author : inherited.author;
    this.#variables = inherited === undefined ? new Map() : new Map(inherited.variables);
    this.#fromArg = new Set(inherited?.fromArg);
    this.#declared = new Map(inherited?.declared);
    // An image's ENV hides ARGs that the stage below declared after it.
    for (const [name, value] of (this.config.Env ?? []).map(splitEntry)) {
      this.#set(name, value);
      this.#fromArg.delete(name);
    }
  }

  get scope(): InheritedScope {
    return { variables: this.#variables, fromArg: this.#fromArg, declared: this.#declared, author: this.author };
  }

  /** `NAME=value` of every variable, and of the proxies, which win: what RUN's processes get. */
  get environment(): readonly string[] {
    if (this.#environment === undefined) {
      this.spend(ENTRY_SIZE * this.#variables.size);
      const { proxies } = this.context;
      const own = Array.from(this.#variables).filter(([name]) => !proxies.has(name));
      this.#environment = [...own, ...proxies].map(([name, value]) => `${name}=${value}`);
    }
    return this.#environment;
  }

  /** The stage's ARGs with the values their names have now. */
  get arguments(): Readonly<Record<string, string>> {
    if (this.#arguments === undefined) {
      this.spend(ENTRY_SIZE * this.#declared.size);
      this.#arguments = Object.fromEntries(Array.from(this.#declared, ([name, value]) => [name, this.#variables.get(name) ?? value]));
    }
    return this.#arguments;
  }

  isDeclared(name: string): boolean {
    return this.#declared.has(name);
  }

  /** ENV. */
  setEnvironment(name: string, value: string): void {
    const env = this.config.Env ?? [];
    const at = env.findIndex((entry) => splitEntry(entry)[0] === name);
    this.spend(env.length);
    this.config = { ...this.config, Env: at < 0 ? [...env, `${name}=${value}`] : env.with(at, `${name}=${value}`) };
    this.#set(name, value);
    this.#fromArg.delete(name);
  }

  /** ARG. */
  declare(name: string, value: string | undefined): void {
    this.#declared.set(name, value ?? "");
    this.#arguments = undefined;
    if (value === undefined || NOT_IN_ENVIRONMENT.has(name)) return;
    this.#set(name, value);
    this.#fromArg.add(name);
  }

  #set(name: string, value: string): void {
    this.#variables.delete(name);
    this.#variables.set(name, value);
    this.#environment = undefined;
    this.#arguments = undefined;
  }

  /** @param range where an error is shown */
  expand(word: Word, escape: "\\" | "`", range: Range): string {
    return this.#note(locate(this.context, range, () => expandWord(word.raw, this.#variables, { escape }))).value;
  }

  expandWords(word: Word, escape: "\\" | "`", range: Range): readonly string[] {
    return this.#note(locate(this.context, range, () => expandWords(word.raw, this.#variables, { escape }))).words;
  }

  expandHeredoc(content: string, range: Range): string {
    return this.#note(locate(this.context, range, () => expandHeredoc(content, this.#variables))).value;
  }

  #note<T extends Expansion | WordsExpansion>(expansion: T): T {
    for (const name of expansion.read) this.#read.add(name);
    for (const name of expansion.unset) this.#unset.add(name);
    this.spend("value" in expansion ? expansion.value.length : expansion.words.reduce((sum, word) => sum + word.length, 0));
    return expansion;
  }

  /** What was read since the last call: ARGs with their values, and what nothing sets or declares. */
  takeReads(): { readonly arguments: Readonly<Record<string, string>>; readonly unset: readonly string[] } {
    const read = Array.from(this.#read).filter((name) => this.#fromArg.has(name)).map((name) => [name, this.#variables.get(name)!] as const);
    const unset = Array.from(this.#unset).filter((name) => !this.#declared.has(name));
    this.#read = new Set();
    this.#unset = new Set();
    return { arguments: Object.fromEntries(read), unset };
  }

  /** Counts what the plan holds. @throws EngineError `resourceExhausted` */
  spend(size: number): void {
    this.#left -= size;
    if (this.#left < 0) throw new EngineError("resourceExhausted", `the stage's instructions say more than ${MAX_SIZE >> 20} MiB when they are expanded: use fewer or shorter values`);
  }
}

function splitEntry(entry: string): readonly [name: string, value: string] {
  const at = entry.indexOf("=");
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}
