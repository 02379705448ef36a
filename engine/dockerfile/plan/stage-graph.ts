import type { Platform } from "../../oci/descriptor.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Range } from "../dockerfile.ts";
import { parseCsvLine } from "../instructions/csv.ts";
import type { FromInstruction, Instruction, ParsedStage, Word } from "../instructions/instructions.ts";
import { expandWord, type Variables } from "../shell/expand.ts";
import { excerpt } from "../syntax/error.ts";
import { errorAt, locate, type PlanContext } from "./context.ts";
import type { FileOrigin, StageBase } from "./steps.ts";
import { readTrigger } from "./trigger.ts";

/** The stages of a file and how they depend on each other. */
export interface StageGraph {
  readonly stages: readonly StageNode[];
  /** By name in lower case; of stages with the same name the last. */
  readonly byName: ReadonlyMap<string, number>;
}

export interface StageNode {
  readonly index: number;
  /** In lower case; the index without AS. */
  readonly name: string;
  readonly parsed: ParsedStage;
  readonly base: StageBase;
  readonly platform: Platform;
  /** Indexes of the stages it begins with or takes files from, in order. */
  readonly needs: readonly number[];
}

/** `scratch` has no files. */
export type Source = FileOrigin | { readonly type: "scratch" };

/**
 * Resolves FROM lines and who takes files from whom.
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails
 */
export function buildStageGraph(context: PlanContext, parsed: readonly ParsedStage[], variables: Variables): StageGraph {
  const byName = new Map<string, number>();
  const begun: Omit<StageNode, "needs">[] = [];
  for (const [index, stage] of parsed.entries()) {
    // A FROM sees only stages above it, unlike --from.
    begun.push({ index, name: stage.name ?? String(index), parsed: stage, ...resolveBase(context, stage.from, variables, byName, begun) });
    if (stage.name !== undefined) byName.set(stage.name, index);
  }
  const links = begun.map(({ parsed: { instructions } }) => sourcesOf(context, instructions, { byName, stages: begun }));
  const cycle = findCycle(links);
  if (cycle !== undefined) throw errorAt(context, cycle.range, `circular dependency detected on stage: ${begun[cycle.index]!.name}: it would need its own files to be built`);
  const stages = begun.map((stage, index) => {
    const fromTriggers = stage.base.type === "stage" ? triggerSources(context, begun[stage.base.index]!.parsed, stage.parsed.from, { byName, stages: begun }) : [];
    const needed = [...(stage.base.type === "stage" ? [stage.base.index] : []), ...[...links[index]!, ...fromTriggers].map((link) => link.index)];
    return { ...stage, needs: [...new Set(needed)].toSorted((a, b) => a - b) };
  });
  return { stages, byName };
}

function resolveBase(context: PlanContext, from: FromInstruction, variables: Variables, byName: ReadonlyMap<string, number>, above: readonly Omit<StageNode, "needs">[]): Pick<StageNode, "base" | "platform"> {
  const { escape } = context.tree.directives;
  const expand = (word: Word): string => locate(context, word.range, () => expandWord(word.raw, variables, { escape }).value);
  const image = expand(from.image);
  if (image === "") throw errorAt(context, from.image.range, `base name (${excerpt(from.image.raw)}) should not be blank: give its variable a value, by ARG before the first FROM or by --build-arg`);
  let platform = context.targetPlatform;
  if (from.platform !== undefined) {
    const { raw, range } = from.platform;
    const text = expand(from.platform);
    if (text === "") throw errorAt(context, range, `empty platform value from expression ${excerpt(raw)}`);
    platform = locate(context, range, () => parsePlatform(text, context.buildPlatform));
  }
  const index = byName.get(image.toLowerCase());
  if (index !== undefined) return { base: { type: "stage", index }, platform: above[index]!.platform };
  if (image === "scratch") return { base: { type: "scratch" }, platform: context.targetPlatform };
  locate(context, from.image.range, () => parseReference(image));
  return { base: { type: "image", reference: image, platform }, platform };
}

/** A stage that another takes files from, and where the file says so. */
interface Link {
  readonly index: number;
  readonly range: Range;
}

type Names = { readonly byName: ReadonlyMap<string, number>; readonly stages: readonly unknown[] };

function sourcesOf(context: PlanContext, instructions: readonly Instruction[], names: Names, place?: Range): Link[] {
  return instructions.flatMap((instruction) => fromWords(instruction).flatMap((word): Link[] => {
    const range = place ?? word.range;
    const source = resolveSource(context, names, word.raw, range);
    return source.type === "stage" ? [{ index: source.index, range }] : [];
  }));
}

function triggerSources(context: PlanContext, base: ParsedStage, from: FromInstruction, names: Names): Link[] {
  const triggers = base.instructions.filter((instruction) => instruction.type === "ONBUILD");
  return triggers.flatMap(({ trigger }) => locate(context, from.range, () => sourcesOf(context, [readTrigger(trigger)], names, from.range)));
}

/** What an instruction takes files from, as written: `--from` of COPY, `from` of mounts. */
function fromWords(instruction: Instruction): Word[] {
  if (instruction.type === "COPY") return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.type !== "RUN") return [];
  return instruction.mounts.flatMap(({ raw, range }) => {
    const fields = parseCsvLine(raw);
    const value = (key: string): string | undefined => fields.findLast((field) => field.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const from = value("from");
    return from === undefined || from === "" || value("type")?.toLowerCase() === "tmpfs" ? [] : [{ raw: from, range }];
  });
}

/**
 * What `--from` and `from` name: a stage by index or name, else an image.
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails
 */
export function resolveSource(context: PlanContext, { byName, stages }: Names, name: string, range: Range): Source {
  const plain = locate(context, range, () => expandWord(name, new Map(), { escape: context.tree.directives.escape }).value);
  if (plain !== name) throw errorAt(context, range, `variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround: FROM $IMAGE AS name, and --from=name`);
  if (/^[+-]?\d+$/.test(name)) {
    const index = Number(name);
    if (index < 0 || index >= stages.length) throw errorAt(context, range, `invalid stage index ${excerpt(name)}: the Dockerfile has ${stages.length === 1 ? "one stage, 0" : `the stages 0 to ${stages.length - 1}`}`);
    return { type: "stage", index };
  }
  const index = byName.get(name.toLowerCase());
  if (index !== undefined) return { type: "stage", index };
  if (name === "scratch") return { type: "scratch" };
  locate(context, range, () => parseReference(name));
  return { type: "image", reference: name, platform: context.targetPlatform };
}

/** A link that closes a circle of stages, or undefined. Looks at each link once. */
function findCycle(links: readonly (readonly Link[])[]): Link | undefined {
  const done = new Set<number>();
  for (const start of links.keys()) {
    const path = [{ index: start, next: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const link = done.has(top.index) ? undefined : links[top.index]![top.next++];
      if (link === undefined) {
        done.add(top.index);
        onPath.delete(top.index);
        path.pop();
      } else if (onPath.has(link.index)) return link;
      else if (!done.has(link.index)) {
        onPath.add(link.index);
        path.push({ index: link.index, next: 0 });
      }
    }
  }
  return undefined;
}
