/** What the beginning of a file is: text, an image, or bytes. Pure. */

export type Content =
  | { readonly kind: "text"; readonly text: string; /** Line ends of the file, to be put back when it is saved. */ readonly lineEnd: "\n" | "\r\n" }
  | { readonly kind: "image"; readonly mime: string }
  | { readonly kind: "bytes" };

const images: readonly { readonly mime: string; readonly begins: readonly (readonly [offset: number, bytes: string])[] }[] = [
  { mime: "image/png", begins: [[0, "\x89PNG\r\n\x1a\n"]] },
  { mime: "image/jpeg", begins: [[0, "\xff\xd8\xff"]] },
  { mime: "image/gif", begins: [[0, "GIF8"]] },
  { mime: "image/webp", begins: [[0, "RIFF"], [8, "WEBP"]] },
  { mime: "image/avif", begins: [[4, "ftypavif"]] },
  { mime: "image/bmp", begins: [[0, "BM"], [6, "\0\0\0\0"]] },
  { mime: "image/x-icon", begins: [[0, "\0\0\x01\0"]] },
];

/**
 * @param bytes the file's beginning
 * @param end these are all of them: a character that is cut off at the end of a part is no reason to call it bytes
 */
export function contentOf(bytes: Uint8Array, end: boolean): Content {
  const image = images.find(({ begins }) => begins.every(([offset, text]) => text.split("").every((letter, index) => bytes[offset + index] === letter.charCodeAt(0))));
  if (image) return { kind: "image", mime: image.mime };
  if (bytes.includes(0)) return { kind: "bytes" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !end });
    // Other control characters than these are not found in text.
    // oxlint-disable-next-line no-control-regex
    if (/[\u0001-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return { kind: "bytes" };
    const crlf = text.split("\r\n").length - 1;
    return { kind: "text", text: text.replace(/\r\n?/g, "\n"), lineEnd: crlf > 0 && crlf === text.split("\n").length - 1 ? "\r\n" : "\n" };
  } catch {
    return { kind: "bytes" };
  }
}

/** Whether saving it gives back what was not touched byte for byte. */
export function isFaithful(bytes: Uint8Array, content: Extract<Content, { kind: "text" }>): boolean {
  const again = new TextEncoder().encode(withLineEnds(content.text, content.lineEnd));
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
}

export function withLineEnds(text: string, lineEnd: "\n" | "\r\n"): string {
  return lineEnd === "\n" ? text : text.replaceAll("\n", "\r\n");
}

/** Lines of 16 bytes: offset, hexadecimal, letters. */
export function hexLines(bytes: Uint8Array, from: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const left = hex.slice(0, 8).join(" ").padEnd(23);
    const right = hex.slice(8).join(" ").padEnd(23);
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${(from + at).toString(16).padStart(6, "0")}  ${left}  ${right}  ${letters}`);
  }
  return lines.join("\n");
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Large input is taken in parts: a call has only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
