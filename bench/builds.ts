import { randomFillSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Files of the context beside its Dockerfile. */
export const FILES = 10_000;
const FILES_A_FOLDER = 100;

/**
 * Fills `directory` with a context as projects have them: 10,000 files of 0.5 to 8 kB (42 MB) in 100 folders, and a Dockerfile that copies them in, then
 * looks at all of them.
 * @param base reference of the base image
 */
export async function makeContext(directory: string, base: string): Promise<void> {
  for (let first = 0; first < FILES; first += FILES_A_FOLDER) {
    const folder = join(directory, "src", `module${first / FILES_A_FOLDER}`);
    await mkdir(folder, { recursive: true });
    await Promise.all(Array.from({ length: FILES_A_FOLDER }, (_, index) => {
      const data = Buffer.alloc(512 + (((first + index) * 997) % 7_500));
      randomFillSync(data, 0, data.length >> 1);
      return writeFile(join(folder, `file${index}.ts`), data);
    }));
  }
  await writeFile(join(directory, "Dockerfile"), `FROM ${base}\nWORKDIR /app\nCOPY . .\nRUN find . -type f | wc -l > /count\nENV READY=1\nCMD ["cat", "/count"]\n`);
}
