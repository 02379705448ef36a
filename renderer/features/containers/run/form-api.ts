import type { RunText } from "../../../lib/run/form.ts";

/** A form being filled in, as its fields see it. */
export interface FormApi {
  readonly text: RunText;
  /** What is wrong with a field, once it was typed into or everything was tried. */
  readonly wrong: (path: string) => string | undefined;
  /** Changes part of the text; `path` is the field that was typed into. */
  readonly type: (part: Partial<RunText>, path: string) => void;
  /** The dialog is open: fields may ask the host about what is typed. */
  readonly active: boolean;
  /** The image, where it is on this machine; empty otherwise. */
  readonly image: string;
  /** An existing container whose form this is: its image cannot change, and what it holds itself is not taken. */
  readonly self: string | undefined;
  /** Takes a `docker run` line that was pasted where an image was expected. @returns whether it was one */
  readonly fill?: (line: string) => boolean;
}
