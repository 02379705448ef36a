/** One step of an image's history, as people wrote it in a Dockerfile. */
export interface Instruction {
  /** `RUN`, `COPY`, `ENV`; empty where the history does not say. */
  readonly word: string;
  readonly text: string;
}

const words = new Set(["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"]);

/**
 * Reads what builders write into a history: `/bin/sh -c #(nop)  CMD ["sh"]` of the classic builder, `RUN /bin/sh -c ... # buildkit`, and plain commands.
 * Blanks that a continued line left are made one.
 */
export function parseInstruction(createdBy: string): Instruction {
  let text = createdBy.trim().replace(/\s+#\s*buildkit$/, "");
  const nop = /^\/bin\/sh -c #\(nop\)\s*/.exec(text);
  if (nop) text = text.slice(nop[0].length);
  else if (/^\|\d+ /.test(text)) text = `RUN ${text.replace(/^\|\d+ (?:\S+=\S* )*/, "")}`;
  else if (/^\/bin\/sh -c /.test(text)) text = `RUN ${text}`;
  const [first = "", ...rest] = text.split(/\s+/);
  if (!words.has(first.toUpperCase())) return { word: "", text: text.replace(/\s+/g, " ") };
  let body = rest.join(" ");
  if (first === "RUN") body = body.replace(/^\|\d+ (?:\S+=\S* )*/, "").replace(/^\/bin\/sh -c /, "");
  if (first === "EXPOSE") body = body.replace(/^map\[(.*)\]$/, (_, ports: string) => ports.split(" ").map((port) => port.replace(/:\{\}$/, "")).join(" "));
  return { word: first.toUpperCase(), text: body };
}
