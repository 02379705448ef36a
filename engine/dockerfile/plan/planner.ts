import type { Range } from "../dockerfile.ts";
import type { Word } from "../instructions/instructions.ts";
import type { PlanContext } from "./context.ts";
import type { Source } from "./stage-graph.ts";
import type { StageState } from "./stage-state.ts";
import type { Operation } from "./steps.ts";

/** What instructions need to be planned: the stage so far, and where the one at work stands. */
export interface StagePlanner {
  readonly context: PlanContext;
  readonly state: StageState;
  /** What `ARG NAME` without a value takes over. */
  readonly globals: ReadonlyMap<string, string>;
  /** The working directory, absolute and clean. */
  readonly directory: string;
  expand(word: Word): string;
  expandWords(word: Word): readonly string[];
  /** Where an error about a word is shown: the FROM line for triggers. */
  rangeOf(place: { readonly range: Range }): Range;
  /** Where files come from: the context when no name is given. @throws EngineError for a stage below this one */
  source(name: string | undefined, range: Range | undefined): Source;
}

/** What an instruction comes to. */
export interface Performed<O extends Operation = Operation> {
  readonly operation: O;
  readonly createdBy: string;
  /** Build arguments that count for the step; those of its words otherwise. */
  readonly arguments?: Readonly<Record<string, string>> | undefined;
}
