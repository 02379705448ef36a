import fc from "fast-check";
import { expect, it } from "vitest";
import { findJsonRows, jsonRows } from "./json-rows.ts";

it("prints any JSON as JSON.stringify does", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = jsonRows(value).map(({ depth, key, text, comma }) => `${"  ".repeat(depth)}${key === undefined ? "" : `${key}: `}${text}${comma ? "," : ""}`).join("\n");
    expect(text).toBe(JSON.stringify(value, null, 2));
  }));
});

const rows = jsonRows({ Config: { Labels: { "com.example.a": "x", plain: 1 }, Env: ["A=1", "B=2"], Empty: [] }, Up: true });

it("knows where each line is", () => {
  expect(rows.map((row) => row.path)).toEqual([".", ".Config", ".Config.Labels", '.Config.Labels["com.example.a"]', ".Config.Labels.plain", ".Config.Labels", ".Config.Env", ".Config.Env[0]", ".Config.Env[1]", ".Config.Env", ".Config.Empty", ".Config", ".Up", "."]);
  expect(jsonRows([[7]]).map((row) => row.path)).toEqual([".", ".[0]", ".[0][0]", ".[0]", "."]);
});

it("finds names and values, and jumps to paths", () => {
  const at = (query: string): string[] => findJsonRows(rows, query).map((index) => rows[index]?.path ?? "");
  expect(at("b=2")).toEqual([".Config.Env[1]"]);
  expect(at("LABELS")).toEqual([".Config.Labels"]);
  expect(at(".config.e")).toEqual([".Config.Env", ".Config.Env[0]", ".Config.Env[1]", ".Config.Empty"]);
  expect(at("  ")).toEqual([]);
});
