import { EngineError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";

/**
 * What a runtime says on its error stream, told as one sentence: runc logs `level=error msg="..."`, crun writes plain text.
 * @param program what was to be run, which crun does not always name
 */
export function runtimeSentence(stderr: string, program?: string): string {
  const messages: string[] = [];
  for (const line of stderr.split("\n")) {
    const logged = /\blevel=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line);
    if (logged !== null) {
      if (logged[1] === "error" || logged[1] === "fatal") messages.push(unquote(logged[2]!));
    } else if (line.trim() !== "") {
      messages.push(line.trim().replace(/^\d{4}-\d\d-\d\dT\S+: /, ""));
    }
  }
  return inRuncWords(messages.at(-1) ?? "the runtime gave no reason", program);
}

/** The docker CLI takes its exit codes 126 and 127 from runc's words, so crun's are put into them. */
function inRuncWords(sentence: string, program: string | undefined): string {
  const missing = /^executable file `(.*)` not found in \$PATH/.exec(sentence)?.[1];
  if (missing !== undefined) return `exec: ${JSON.stringify(missing)}: ${missing.includes("/") ? `stat ${missing}: no such file or directory` : "executable file not found in $PATH"}`;
  if (/^open executable: (permission denied|operation not permitted)$/i.test(sentence)) return `exec: ${program === undefined ? "" : `${JSON.stringify(program)}: `}permission denied`;
  const directory = /^chdir `(.*)`: not a directory$/i.exec(sentence)?.[1];
  if (directory !== undefined) return `Cannot mkdir: ${directory} is not a directory: choose another working directory`;
  return sentence;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** The error for a runtime that failed, by what it wrote. @param action `create`, `start`, `exec` @param program what was to be run */
export function runtimeFailure(action: string, stderr: string, runtime: string, program?: string): EngineError {
  const sentence = runtimeSentence(stderr, program);
  return new EngineError(codeOf(sentence), `OCI runtime ${action} failed: ${sentence.startsWith(runtime) ? "" : `${runtime}: `}${sentence}`);
}

function codeOf(sentence: string): ErrorCode {
  if (/error (mounting|during container init: error mounting)|mount .*(failed|through procfd)/i.test(sentence)) return "invalidArgument";
  if (/executable file .*not found in \$PATH|(exec|process).*: no such file or directory|exec: .*no such file or directory|executable path is empty/i.test(sentence)) return "commandNotFound";
  if (/exec: .*(permission denied|is a directory|exec format error)|(open executable|exec).*: (permission denied|exec format error)/i.test(sentence)) return "commandNotExecutable";
  if (/container .*does not exist|no such container|cannot exec in a stopped|is not running|not in running state/i.test(sentence)) return "conflict";
  if (/mount|chdir to cwd|cwd|sysctl|rlimit|invalid|not a directory|no such file/i.test(sentence)) return "invalidArgument";
  return "internal";
}
