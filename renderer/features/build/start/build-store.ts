/** What is typed into the form of a build: kept through navigation, errors and engine restarts. */
import { createStore } from "zustand/vanilla";
import type { BuildForm, BuildSummary } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { markBegun } from "../../../stores/builds.ts";
import { client } from "../../../stores/host.ts";
import { emptyText, type BuildText } from "./build-form.ts";
import { recall, remember } from "./build-memory.ts";

export interface BuildFormState {
  readonly text: BuildText;
  /** Fields that show what is wrong with them; all of them once Build was pressed. */
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly phase: "idle" | "starting";
  readonly error: IpcErrorInfo | undefined;
  /** The build it was filled from. */
  readonly from: string | undefined;
  /** The folder that it was filled for. */
  readonly recalled: string | undefined;
}

const fresh: BuildFormState = { text: emptyText, touched: new Set(), tried: false, phase: "idle", error: undefined, from: undefined, recalled: undefined };
export const buildFormStore = createStore<BuildFormState>(() => fresh);

/** Forms of builds that this window began: arguments are nowhere else. */
const forms = new Map<string, BuildText>();

/** Changes part of the text; `path` is the field that was typed into. */
export function type(part: Partial<BuildText>, path: string): void {
  buildFormStore.setState(({ text, touched }) => ({ text: { ...text, ...part }, touched: touched.has(path) ? touched : new Set(touched).add(path), error: undefined }));
}

/** Fills the form as a folder was built last, unless something but the folder was typed. */
export function beginWith(folder: string): void {
  const { text, touched, recalled } = buildFormStore.getState();
  if (recalled === folder || [...touched].some((field) => field !== "folder")) return;
  const known = recall(folder);
  if (known) buildFormStore.setState({ ...fresh, text: { ...known, folder: text.folder }, recalled: folder });
  else if (recalled !== undefined) buildFormStore.setState({ ...fresh, text: { ...emptyText, folder: text.folder } });
}

/** Empties the form but for its folder. */
export function beginAfresh(): void {
  const { text } = buildFormStore.getState();
  buildFormStore.setState({ ...fresh, text: { ...emptyText, folder: text.folder }, touched: new Set(["tags"]) });
}

/** Fills the form with what a build was made of, once. */
export function beginFrom(build: BuildSummary): void {
  if (buildFormStore.getState().from === build.id) return;
  const text: BuildText = forms.get(build.id) ?? {
    ...(build.contextPath === null ? emptyText : (recall(build.contextPath) ?? emptyText)),
    folder: build.contextPath ?? "",
    dockerfile: build.dockerfile === "Dockerfile" ? "" : build.dockerfile,
    target: build.target ?? "",
    tags: build.tags.length > 0 ? build.tags.map((tag) => ({ tag })) : emptyText.tags,
  };
  buildFormStore.setState({ ...fresh, text, from: build.id, recalled: build.contextPath ?? undefined });
}

/** @returns the id of the build that began; undefined when it could not, and why is then in the store */
export async function submit(form: BuildForm, text: BuildText): Promise<string | undefined> {
  buildFormStore.setState({ phase: "starting", error: undefined });
  try {
    const { id } = await client().builds.start(form);
    forms.set(id, text);
    remember(form.context, text);
    markBegun(id);
    buildFormStore.setState({ ...fresh, text, from: id, recalled: form.context });
    return id;
  } catch (error) {
    buildFormStore.setState({ phase: "idle", error: toIpcErrorInfo(error) });
    return undefined;
  }
}
