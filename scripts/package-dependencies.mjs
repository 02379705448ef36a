// What a distribution package asks its manager for: the engine's system packages, from the list that setup and doctor read too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./runtime.mjs";

/** @typedef {{ id: string, when: string, optional?: boolean, apt: string, dnf: string }} Row */

/**
 * @param {"apt" | "dnf"} manager
 * @returns {{ depends: string[], recommends: string[] }} `depends`: the engine does not work without; `recommends`: something would be missing from it
 */
export function engineDependencies(manager) {
  /** @type {Row[]} */
  const rows = JSON.parse(readFileSync(join(root, "engine/launch/packages.json"), "utf8"));
  // The package brings its own window.
  const wanted = rows.filter((row) => row.when !== "window");
  const runtimes = unique(wanted.filter((row) => row.optional !== true && row.when.startsWith("cgroup")).map((row) => row[manager]));
  const depends = unique(wanted.filter((row) => row.optional !== true && !row.when.startsWith("cgroup")).map((row) => row[manager]));
  const recommends = unique(wanted.filter((row) => row.optional === true).map((row) => row[manager])).filter((name) => !depends.includes(name));
  // Which OCI runtime a machine needs depends on its control groups, which no package manager knows: any of them will do.
  return { depends: [...depends, manager === "apt" ? runtimes.join(" | ") : `(${runtimes.join(" or ")})`], recommends };
}

/**
 * @param {string[]} names
 * @returns {string[]}
 */
function unique(names) {
  return [...new Set(names)];
}
