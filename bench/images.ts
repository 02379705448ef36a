import { randomFillSync } from "node:crypto";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { busyboxRoot, makeImage, makeLayer, sha256 } from "../e2e/fixtures/images.ts";
import type { TestLayer } from "../e2e/fixtures/images.ts";
import { pushImage } from "../e2e/fixtures/push.ts";
import { makeTar } from "../e2e/fixtures/tar.ts";
import type { TarEntry } from "../e2e/fixtures/tar.ts";

const compress = promisify(gzip);

/** The bulk of a layer, made once; a stamp before it makes each push a layer that no engine has seen. */
interface Bulk {
  readonly tar: Buffer;
  readonly zipped: Buffer;
}

/** A kind of image whose every variant has layers of its own, so that no pull finds anything in a cache. */
export interface ImageSeries {
  readonly name: string;
  readonly bulks: readonly Bulk[];
}

/** 10 layers of 40 files of 1 MB each: half of every file is random, half repeats, as programs and libraries pack. */
export function largeSeries(): Promise<ImageSeries> {
  return makeSeries("large", 10, (layer) => Array.from({ length: 40 }, (_, index) => ({ name: `layer${layer}/file${index}`, data: halfRandom(1_000_000), mode: 0o755 })));
}

/** 30,000 files of 0.5 to 4 kB in 6 layers, 100 to a folder. */
export function smallFilesSeries(): Promise<ImageSeries> {
  return makeSeries("small", 6, (layer) => Array.from({ length: 5_000 }, (_, index) => ({ name: `lib${layer}/dir${Math.floor(index / 100)}/file${index}.js`, data: halfRandom(512 + ((index * 37) % 3_500)) })));
}

/** 20 layers of 1 MB. */
export function farSeries(): Promise<ImageSeries> {
  return makeSeries("far", 20, (layer) => [{ name: `layer${layer}`, data: halfRandom(1_000_000) }]);
}

async function makeSeries(name: string, layers: number, entries: (layer: number) => readonly TarEntry[]): Promise<ImageSeries> {
  const bulks: Bulk[] = [];
  for (let layer = 0; layer < layers; layer += 2) {
    const pair = [layer, layer + 1].filter((index) => index < layers).map(async (index) => {
      const tar = makeTar(entries(index));
      return { tar, zipped: await compress(tar, { level: 1 }) };
    });
    bulks.push(...(await Promise.all(pair)));
  }
  return { name, bulks };
}

/** Pushes variant `stamp` of a series as `NAME:STAMP`. */
export async function pushVariant(registryUrl: string, series: ImageSeries, stamp: string): Promise<void> {
  const layers = series.bulks.map((bulk, index): TestLayer => {
    // A finished archive ends with 1,024 zero bytes: the stamp's member goes before the bulk without them.
    const head = makeTar([{ name: `stamp${index}`, data: stamp }]).subarray(0, -1024);
    const bytes = Buffer.concat([gzipSync(head), bulk.zipped]);
    return { mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", digest: sha256(bytes), diffId: sha256(Buffer.concat([head, bulk.tar])), bytes };
  });
  await pushImage(registryUrl, series.name, stamp, makeImage(layers));
}

/** Pushes `busybox:latest`, what every other row runs. */
export async function pushBusybox(registryUrl: string): Promise<void> {
  await pushImage(registryUrl, "busybox", "latest", makeImage([makeLayer(busyboxRoot())]));
}

function halfRandom(size: number): Buffer {
  const data = Buffer.alloc(size, "the same words again and again, ");
  randomFillSync(data, 0, size >> 1);
  return data;
}
