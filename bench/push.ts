import { randomFillSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../e2e/fixtures/exec.ts";
import type { TempDir } from "../e2e/fixtures/exec.ts";
import { makeTar } from "../e2e/fixtures/tar.ts";
import type { Row } from "./row.ts";

const FILES = 100;
const FILE_SIZE = 1_000_000;

/** `docker push` of one layer that was made here and that neither engine nor registry has seen: compressing it is part of the work. */
export function pushRow(): Row {
  let dir: TempDir | undefined;
  let bulk: Buffer | undefined;
  return {
    name: "push", title: "push 100 MB", unit: "ms", budget: 0.5, runs: 5,
    async prepare() {
      dir ??= await tempDir("push");
      bulk ??= makeTar(Array.from({ length: FILES }, (_, index) => ({ name: `file${index}`, data: halfRandom(), mode: 0o755 })));
      return async () => {
        await dir?.[Symbol.asyncDispose]();
        [dir, bulk] = [undefined, undefined];
      };
    },
    async round(_, round) {
      // Without the end of its archive, the stamp's member goes before the bulk.
      await writeFile(join(dir!.path, "layer.tar"), [makeTar([{ name: "stamp", data: String(round) }]).subarray(0, -1024), bulk!]);
    },
    async measure({ docker, name }, { registry }, round) {
      const image = `${registry.host}/push-${name}:${round}`;
      await docker.ok("import", join(dir!.path, "layer.tar"), image);
      const begin = performance.now();
      await docker.ok("push", "-q", image);
      const duration = performance.now() - begin;
      await docker.ok("rmi", "-f", image);
      return duration;
    },
  };
}

function halfRandom(): Buffer {
  const data = Buffer.alloc(FILE_SIZE, "the same words again and again, ");
  randomFillSync(data, 0, FILE_SIZE >> 1);
  return data;
}
