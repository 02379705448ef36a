import fc from "fast-check";

/** CPU time of this thread in milliseconds: a busy machine does not lengthen it. */
export function cpuMilliseconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

const word = fc.oneof(
  fc.constantFrom("a", "b c", "/x/", "$A", "${B:-c}", "'q r'", '"s t"', "A=1", "B=\"2 3\"", "C", "=", "\\", "`", "#", "[\"x\", \"y\"]", "<<EOF", "<<-'END'", "3<<EOF", "<<<x", "AS", "NONE", "CMD", "80/TCP", "🐳", "\u00a0", "\ufeff", "\udcff"),
  fc.string({ maxLength: 4 }),
);
const flag = fc.constantFrom("--from=a", "--link", "--mount=type=cache,target=/c", "--platform=$P", "--interval=5s", "--x", "--chown=\"a b\"", "--", "--network=none");
const keyword = fc.constantFrom("FROM", "RUN", "run", "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "USER", "WORKDIR", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "ONBUILD RUN", "MAINTAINER", "NOPE", "");
const lineEnd = fc.constantFrom("\n", "\n", "\n", "\r\n", "\r\r\n", "\r");
const between = fc.constantFrom(" ", " ", "  ", "\t", " \\\n", " \\ \t\r\n  ", " `\n", " \\\n# c\n", " \\\n\n  \n");

const instruction = fc.tuple(keyword, fc.array(flag, { maxLength: 2 }), fc.array(word, { maxLength: 5 }), between, lineEnd)
  .map(([name, flags, words, gap, end]) => [name, ...flags, ...words].join(gap) + end);
const heredoc = fc.tuple(fc.constantFrom("RUN <<EOF", "RUN cat <<EOF && b", "COPY <<EOF /x", "ONBUILD ADD <<EOF x/"), fc.array(fc.oneof(word, fc.constant("\tx")), { maxLength: 3 }), lineEnd)
  .map(([line, body, end]) => `${line}${end}${body.map((text) => text + end).join("")}EOF${end}`);
const directive = fc.constantFrom("# escape=`\n", "# escape=\\\r\n", "# syntax=a/b:1\n", "# check=skip=X;error=true\n", "#!x\n", "# unknown=1\n");
const other = fc.constantFrom("\n", "  \r\n", "# a comment\n", "\t# another\r\n", "#\n");

/** Texts that look like Dockerfiles, mostly. */
export const dockerfileLike: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("", "", "\ufeff"),
  fc.array(directive, { maxLength: 2 }),
  fc.array(fc.oneof({ weight: 5, arbitrary: instruction }, { weight: 2, arbitrary: heredoc }, { weight: 2, arbitrary: other }), { maxLength: 8 }),
).map(([mark, directives, parts]) => mark + directives.join("") + parts.join(""));

/** Dockerfiles of valid instructions alone, whose words Docker accepts. */
export const validDockerfile: fc.Arbitrary<string> = fc.array(
  fc.tuple(
    fc.constantFrom(
      ["RUN", "a", "b"], ["RUN", "--network=none", "a"], ["ENV", "A=1", "B='2 3'"], ["ENV", "A", "b c"], ["LABEL", "x.y=\"z\""], ["ARG", "A", "B=2"], ["COPY", "a", "b/"], ["COPY", "--from=s", "a", "b", "c/"], ["ADD", "http://x/y", "/z"],
      ["CMD", "[\"a\", \"b\"]"], ["ENTRYPOINT", "x y"], ["EXPOSE", "80", "443/tcp"], ["VOLUME", "[\"/a\", \"/b\"]"], ["VOLUME", "/a", "/b"], ["USER", "a:b"], ["WORKDIR", "/a b"], ["STOPSIGNAL", "TERM"], ["SHELL", "[\"/bin/sh\", \"-c\"]"],
      ["HEALTHCHECK", "NONE"], ["HEALTHCHECK", "--timeout=1s", "CMD", "x"], ["ONBUILD", "RUN", "x"], ["MAINTAINER", "me"], ["FROM", "--platform=$P", "img:1", "AS", "st2"], ["FROM", "scratch"],
    ),
    fc.constantFrom(" ", "  ", "\t", " \\\n", " \\ \r\n\t", " \\\n# c\n ", " \\\n\n"),
    fc.constantFrom("\n", "\r\n", "\n\n", "\n# c\n"),
  ).map(([parts, gap, end]) => parts.join(gap) + end),
  { maxLength: 10 },
).map((lines) => `FROM first AS stage\n${lines.join("")}`);
