/** Small PNG files: at most 256 colours, which is more than the eye finds in a window of flat areas and text. */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One 0xRRGGBB for each pixel. */
  readonly pixels: Uint32Array;
}

/** The same picture with a palette, compressed as far as deflate goes. @param file a PNG of 8 bits a channel, not interlaced, as Chromium writes it */
export function shrinkPng(file: Buffer): Buffer {
  const picture = decode(file);
  const counts = new Map<number, number>();
  for (const colour of picture.pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = choosePalette(counts);
  return encode(picture, palette, nearest([...counts.keys()], palette));
}

function decode(file: Buffer): Picture {
  const header = chunkOf(file, "IHDR")[0]!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]!];
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error(`a PNG of ${header[8]} bits, colour type ${header[9]}, interlacing ${header[12]} cannot be read here`);
  const lines = inflateSync(Buffer.concat(chunkOf(file, "IDAT")));
  const size = width * channels;
  let above = Buffer.alloc(size);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const line = lines.subarray(y * (size + 1) + 1, (y + 1) * (size + 1));
    unfilter(lines[y * (size + 1)]!, line, above, channels);
    for (let x = 0; x < width; x++) pixels[y * width + x] = (line[x * channels]! << 16) | (line[x * channels + 1]! << 8) | line[x * channels + 2]!;
    above = line;
  }
  return { width, height, pixels };
}

function chunkOf(file: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = SIGNATURE.length; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString("latin1", at + 4, at + 8) === type) found.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  return found;
}

/** Undoes a line's filter in place (PNG specification, chapter 9). */
function unfilter(filter: number, line: Buffer, above: Buffer, step: number): void {
  for (let at = 0; at < line.length; at++) {
    const left = at >= step ? line[at - step]! : 0;
    const up = above[at]!;
    const corner = at >= step ? above[at - step]! : 0;
    line[at] = (line[at]! + (filter === 0 ? 0 : filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, corner))) & 0xff;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

/** The colours that fill areas as they are, and the means of the others by median cut. */
function choosePalette(counts: ReadonlyMap<number, number>): number[] {
  const colours = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (colours.length <= MOST_COLOURS) return colours.map(([colour]) => colour);
  const exact = colours.slice(0, MOST_COLOURS / 2).map(([colour]) => colour);
  let boxes = [colours.slice(MOST_COLOURS / 2)];
  while (boxes.length < MOST_COLOURS / 2) {
    const widest = boxes.map((box) => ({ box, ...widestChannel(box) })).sort((a, b) => b.range - a.range)[0]!;
    if (widest.range === 0) break;
    const sorted = widest.box.toSorted((a, b) => channel(a[0], widest.shift) - channel(b[0], widest.shift));
    const half = sorted.length >> 1;
    boxes = [...boxes.filter((box) => box !== widest.box), sorted.slice(0, half), sorted.slice(half)];
  }
  return [...exact, ...boxes.map(meanOf)];
}

function channel(colour: number, shift: number): number {
  return (colour >> shift) & 0xff;
}

function widestChannel(box: readonly (readonly [number, number])[]): { shift: number; range: number } {
  return [16, 8, 0].map((shift) => {
    let [low, high] = [255, 0];
    for (const [colour] of box) {
      low = Math.min(low, channel(colour, shift));
      high = Math.max(high, channel(colour, shift));
    }
    return { shift, range: high - low };
  }).sort((a, b) => b.range - a.range)[0]!;
}

function meanOf(box: readonly (readonly [number, number])[]): number {
  const total = box.reduce((sum, [, count]) => sum + count, 0);
  return [16, 8, 0].reduce((mean, shift) => mean | (Math.round(box.reduce((sum, [colour, count]) => sum + channel(colour, shift) * count, 0) / total) << shift), 0);
}

function nearest(colours: readonly number[], palette: readonly number[]): Map<number, number> {
  const exact = new Map(palette.map((colour, index) => [colour, index]));
  return new Map(colours.map((colour) => {
    const same = exact.get(colour);
    if (same !== undefined) return [colour, same];
    let [best, distance] = [0, Number.POSITIVE_INFINITY];
    for (const [index, other] of palette.entries()) {
      const away = (channel(colour, 16) - channel(other, 16)) ** 2 + (channel(colour, 8) - channel(other, 8)) ** 2 + (channel(colour, 0) - channel(other, 0)) ** 2;
      if (away < distance) [best, distance] = [index, away];
    }
    return [colour, best];
  }));
}

function encode({ width, height, pixels }: Picture, palette: readonly number[], index: ReadonlyMap<number, number>): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = index.get(pixels[y * width + x]!)!;
  const colours = Buffer.from(palette.flatMap((colour) => [channel(colour, 16), channel(colour, 8), channel(colour, 0)]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("PLTE", colours), chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
