/**
 * JSON that crosses the border as the text it already is. A list of 10,000 containers is 9 MB: the host neither parses what
 * the daemon sent nor walks through it, and the window parses it once.
 */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** For the RPC handlers' and links' `customJsonSerializers`; both sides need it. */
export const JSON_TEXT_SERIALIZER = {
  type: 100,
  condition: (data: unknown): boolean => data instanceof JsonText,
  serialize: (data: JsonText): string => data.text,
  deserialize(serialized: unknown): unknown {
    if (typeof serialized !== "string") throw new TypeError("JSON text must be a string.");
    return JSON.parse(serialized) as unknown;
  },
};
