import { describe, expect, it } from "vitest";
import { detectLevel } from "./log-level.ts";

describe("the level of a line", () => {
  it.each([
    ['{"time":"x","level":"warn","msg":"error in the message"}', "warn"],
    ['{"level":50,"msg":"pino"}', "error"],
    ['{"level":20}', "debug"],
    ['{"severity":3,"msg":"syslog number"}', "error"],
    ['{"msg":"no level"}', undefined],
    ['time=2026-11-26T02:00:00Z level=error msg="x"', "error"],
    ['ts=1 lvl="warning" x', "warn"],
    ["E1126 02:00:00.000000       1 main.go:12] failed", "error"],
    ["I1126 02:00:00.000000       1 main.go:12] error is a word here", "info"],
    ["<11>1 2026-11-26T02:00:00Z host app - - - x", "error"],
    ["<30>daemon info", "info"],
    ["2026-11-26 02:00:00,123 [main] WARN  com.acme.App - slow", "warn"],
    ["ERROR:root:python", "error"],
    ["npm ERR! code E404", "error"],
    ["2026-11-26 02:00:00.000 UTC [12] LOG:  database system is ready", "info"],
    ["2026-11-26 02:00:00.000 UTC [12] FATAL:  role does not exist", "error"],
    ["2026/11/26 02:00:00 [error] 12#12: *1 open() failed", "error"],
    ["PHP Warning:  Undefined variable", "warn"],
    ["warning: unused variable", "warn"],
    ["error payment gateway answered 503", "error"],
    ["[2026-11-26T02:00:00Z DEBUG hyper::proto] x", "debug"],
    ["GET /error 200", undefined],
    ["there was no error here", undefined],
    ["INFORMATIONAL", undefined],
    ["0 errors, 0 warnings", undefined],
    ["", undefined],
  ])("%s", (text, level) => {
    expect(detectLevel(text)).toBe(level);
  });
});
