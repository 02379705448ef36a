import { isEngineError } from "../base/errors.ts";
import type { Unfinished } from "../files/files.ts";
import { volumeTree } from "../volumes/volume-tree.ts";
import type { Context } from "./context.ts";
import { changeFiles } from "./file-tree.ts";

/** Removes from containers and volumes what an engine that was killed had not finished writing. What cannot be removed now is tried again at the next start. */
export async function removeUnfinishedFiles(context: Context): Promise<void> {
  for (const unfinished of context.files.unfinished()) {
    await discard(context, unfinished).catch((error: unknown) => context.onError(`removing an unfinished file from ${unfinished.owner.type} ${unfinished.owner.name}`, error));
  }
}

async function discard(context: Context, unfinished: Unfinished): Promise<void> {
  const { owner: { type, name } } = unfinished;
  if (type === "volume") {
    const tree = openVolume(context, name);
    return context.files.discard(unfinished, tree);
  }
  const container = context.directory.byId(name);
  if (container === undefined) return context.files.discard(unfinished, null);
  await changeFiles(context, container, [], (tree) => context.files.discard(unfinished, tree));
}

function openVolume({ volumes }: Context, name: string): ReturnType<typeof volumeTree> | null {
  try {
    return volumeTree(volumes, name);
  } catch (error) {
    if (isEngineError(error, "notFound")) return null;
    throw error;
  }
}
