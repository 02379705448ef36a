import type { HealthConfig } from "../../oci/descriptor.ts";
import type { ArgInstruction, CommandLine, EnvInstruction, ExposeInstruction, HealthcheckInstruction, Instruction, LabelInstruction, VolumeInstruction } from "../instructions/instructions.ts";
import { excerpt } from "../syntax/error.ts";
import { errorAt, locate } from "./context.ts";
import { goHealthConfig, goList, goQuotedList } from "./go-format.ts";
import { exposedPorts } from "./ports.ts";
import { isSignal } from "./signals.ts";
import type { Performed, StagePlanner } from "./planner.ts";
import { ENTRY_SIZE } from "./stage-state.ts";

/** Instructions that change the image's configuration alone. */
export type ConfigInstruction = Exclude<Instruction, { readonly type: "FROM" | "RUN" | "COPY" | "ADD" | "WORKDIR" }>;

/** Carries out an instruction on the stage's configuration. */
export function applyConfig(planner: StagePlanner, instruction: ConfigInstruction): Performed {
  const operation = { type: "config" } as const;
  return instruction.type === "ARG" ? { operation, ...applyArg(planner, instruction) } : { operation, createdBy: apply(planner, instruction) };
}

/** @returns the instruction's line in the image's history */
function apply(planner: StagePlanner, instruction: Exclude<ConfigInstruction, ArgInstruction>): string {
  const { state } = planner;
  switch (instruction.type) {
    case "ENV": return applyEnv(planner, instruction);
    case "LABEL": return applyLabel(planner, instruction);
    case "EXPOSE": return applyExpose(planner, instruction);
    case "VOLUME": return applyVolume(planner, instruction);
    case "HEALTHCHECK": return applyHealthcheck(planner, instruction);
    case "USER": {
      const user = planner.expand(instruction.user);
      state.config = { ...state.config, User: user };
      return `USER ${user}`;
    }
    case "CMD": {
      const command = commandOf(planner, instruction.command);
      state.config = { ...state.config, Cmd: command, ArgsEscaped: true };
      state.hasOwnCommand = true;
      return `CMD ${goQuotedList(command)}`;
    }
    case "ENTRYPOINT": {
      const command = commandOf(planner, instruction.command);
      const { Cmd: inherited, ...rest } = state.config;
      state.config = { ...rest, Entrypoint: command.length === 0 ? null : command, ...(state.hasOwnCommand ? { Cmd: inherited } : {}) };
      return `ENTRYPOINT ${goQuotedList(command)}`;
    }
    case "SHELL":
      state.config = { ...state.config, Shell: instruction.args };
      return `SHELL ${goList(instruction.args)}`;
    case "STOPSIGNAL": {
      const signal = planner.expand(instruction.signal);
      if (!isSignal(signal)) throw errorAt(planner.context, planner.rangeOf(instruction.signal), `invalid signal: ${excerpt(signal)}: write a name such as SIGTERM, or a number`);
      state.config = { ...state.config, StopSignal: signal };
      return `STOPSIGNAL ${signal}`;
    }
    case "MAINTAINER":
      state.author = instruction.name.raw;
      return `MAINTAINER ${instruction.name.raw}`;
    case "ONBUILD":
      state.spend(ENTRY_SIZE * (state.config.OnBuild ?? []).length);
      state.config = { ...state.config, OnBuild: [...(state.config.OnBuild ?? []), instruction.trigger] };
      return `ONBUILD ${instruction.node.argument}`;
  }
}

/** A command as it is run: the shell form after the stage's SHELL. */
export function commandOf({ state }: StagePlanner, command: CommandLine): readonly string[] {
  return command.form === "exec" ? command.args : withShell(state.config.Shell, command.text);
}

export function withShell(shell: readonly string[] | undefined, text: string): readonly string[] {
  return [...(shell === undefined || shell.length === 0 ? ["/bin/sh", "-c"] : shell), text];
}

function applyEnv(planner: StagePlanner, { assignments }: EnvInstruction): string {
  // All are expanded before the first is set: an instruction does not see itself.
  const pairs = assignments.map(({ name, value }) => [planner.expand(name), value === undefined ? "" : planner.expand(value)] as const);
  for (const [index, [name, value]] of pairs.entries()) {
    if (name === "") throw errorAt(planner.context, planner.rangeOf(assignments[index]!.name), `ENV names can not be blank: ${excerpt(assignments[index]!.name.raw)} is empty`);
    planner.state.setEnvironment(name, value);
  }
  return ["ENV", ...pairs.map(([name, value]) => `${name}=${value}`)].join(" ");
}

function applyArg(planner: StagePlanner, { assignments }: ArgInstruction): Pick<Performed, "createdBy" | "arguments"> {
  const { state, context, globals } = planner;
  const values = new Map<string, string>();
  const words = assignments.map(({ name: { raw: name }, value }) => {
    const given = context.args.get(name);
    // A default is not looked at when there is a build argument.
    const result = given ?? (value === undefined ? globals.get(name) : planner.expand(value));
    state.declare(name, result);
    if (result !== undefined) values.set(name, result);
    return result === undefined ? name : `${name}=${result}`;
  });
  return { createdBy: ["ARG", ...words].join(" "), arguments: Object.fromEntries(values) };
}

function applyLabel(planner: StagePlanner, { assignments }: LabelInstruction): string {
  const { state } = planner;
  const pairs = assignments.map(({ name, value }) => [planner.expand(name), value === undefined ? "" : planner.expand(value)] as const);
  const labels = state.config.Labels ?? {};
  state.spend(2 * ENTRY_SIZE * (Object.keys(labels).length + pairs.length));
  state.config = { ...state.config, Labels: { ...labels, ...Object.fromEntries(pairs) } };
  return ["LABEL", ...pairs.map(([name, value]) => `${name}=${value}`)].join(" ");
}

function applyExpose(planner: StagePlanner, { ports }: ExposeInstruction): string {
  const { state, context } = planner;
  const exposed: string[] = [];
  // Docker sorts the words before it expands them.
  for (const port of ports.toSorted((a, b) => (a.raw < b.raw ? -1 : a.raw > b.raw ? 1 : 0))) {
    for (const word of planner.expandWords(port)) {
      for (const name of locate(context, planner.rangeOf(port), () => exposedPorts(word))) exposed.push(name);
      state.spend(exposed.length);
    }
  }
  const before = state.config.ExposedPorts ?? {};
  state.spend(2 * ENTRY_SIZE * (Object.keys(before).length + exposed.length));
  state.config = { ...state.config, ExposedPorts: { ...before, ...Object.fromEntries(exposed.map((name) => [name, {}])) } };
  return `EXPOSE ${goList(exposed)}`;
}

function applyVolume(planner: StagePlanner, { paths }: VolumeInstruction): string {
  const { state } = planner;
  const volumes = paths.map((path) => {
    const volume = planner.expand(path);
    if (volume === "") throw errorAt(planner.context, planner.rangeOf(path), `VOLUME specified can not be an empty string: ${excerpt(path.raw)} is empty`);
    return volume;
  });
  const before = state.config.Volumes ?? {};
  state.spend(2 * ENTRY_SIZE * (Object.keys(before).length + volumes.length));
  state.config = { ...state.config, Volumes: { ...before, ...Object.fromEntries(volumes.map((volume) => [volume, {}])) } };
  return `VOLUME ${goList(volumes)}`;
}

function applyHealthcheck({ state }: StagePlanner, { test, timing }: HealthcheckInstruction): string {
  // The shell form is wrapped when it is run, with the image's SHELL of then.
  const command = test === null ? ["NONE"] : test.form === "exec" ? ["CMD", ...test.args] : ["CMD-SHELL", test.text];
  const health: HealthConfig = { Test: command, ...Object.fromEntries(Object.entries(timing).filter(([, value]) => value !== undefined)) };
  state.config = { ...state.config, Healthcheck: health };
  return `HEALTHCHECK ${goHealthConfig(health)}`;
}
