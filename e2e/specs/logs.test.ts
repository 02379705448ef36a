/** Logs of one and of many containers with real clicks on a real engine: merged, joined, searched, narrowed, kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { tempDir, waitFor, type TempDir } from "../fixtures/exec.ts";
import { journeys } from "../harness/journeys.ts";
import { LogsPage } from "../pages/logs-page.ts";

const LINES = 60_000;
const PROJECT = "com.docker.compose.project";

journeys("logs", "logs", (stage) => {
  let folder: TempDir;
  let image: string;
  let logs: LogsPage;

  beforeAll(async () => {
    image = stage.image;
    await stage.docker("pull", "-q", image);
    folder = stage.stack.use(await tempDir("logs"));
    await run("ping", `i=0; while true; do i=$((i+1)); echo "ping $i"; sleep 0.2; done`, "--label", `${PROJECT}=shop`);
    await run("pong", `i=0; while true; do i=$((i+1)); echo "ERROR pong $i" >&2; sleep 0.3; done`, "--label", `${PROJECT}=shop`);
    await run("long", `awk 'BEGIN { for (i = 0; i < ${LINES}; i++) print "line " i (i == 1234 ? " needle" : "") }'; echo '{"level":"warn","msg":"structured","ms":12}'`);
    await stage.open();
    logs = new LogsPage(stage.page);
  });

  async function run(name: string, script: string, ...more: string[]): Promise<void> {
    await stage.engine.docker.ok("run", "-d", "--name", name, ...more, image, "sh", "-c", script);
  }

  it("merges what runs by time, with names, and lets in what starts later", async () => {
    await stage.app.goTo("Logs");
    await logs.says(/^ping \d+$/);
    await logs.says(/^ERROR pong \d+$/);
    await run("late", `sleep 0.3; echo "here I am"; sleep 1000`);
    await logs.says("here I am");
    await logs.log.getByText("late", { exact: true }).first().waitFor();
    await stage.desktop.shot("merged");
    await stage.accessible("merged logs");
    const order = await stage.page.evaluate<string[]>("(() => { const lines = [...document.querySelectorAll('[role=log] [data-line]')].sort((a, b) => a.dataset.line - b.dataset.line).map((line) => line.lastElementChild.textContent); return lines.filter((line) => line.startsWith('ping ')); })()");
    const numbers = order.map((text) => Number(text.slice(5)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it("is chosen by project, remembers it in its address, and narrows to a level", async () => {
    await logs.choose("All running", "shop");
    await logs.state(/from 2 containers/);
    expect(new URL(stage.page.url()).hash).toBe("#/logs?project=shop");
    await logs.press("Levels: all");
    await stage.page.getByRole("menuitem", { name: "Errors and warnings only" }).click();
    await logs.log.getByText(/^ping/).first().waitFor({ state: "detached" });
    await logs.says(/^ERROR pong \d+$/);
    await stage.page.reload();
    await logs.says(/^ERROR pong \d+$/);
    expect((await logs.lines()).filter((line) => line.startsWith("ping"))).toEqual([]);
    await logs.main.getByRole("button", { name: /^Levels/ }).click();
    await stage.page.getByRole("menuitem", { name: "All levels" }).click();
    await logs.says(/^ping \d+$/);
  });

  it("finds text and expressions, says what is wrong with one, and draws only what matches", async () => {
    await logs.search.fill("pong 2");
    await logs.counts(/of \d+ lines?|1 of 1 line/);
    await logs.press("Regular expression");
    await logs.search.fill("p[io]ng (1");
    await stage.page.getByRole("alert").getByText("Not a regular expression: Unterminated group.").waitFor();
    await logs.search.fill("^p[io]ng (1|2)$");
    await logs.counts("of 2 lines");
    await logs.press("Only matching lines");
    expect((await waitFor("two lines", async () => { const lines = await logs.lines(); return lines.length === 2 && lines; }))).toEqual(["ping 1", "ping 2"]);
    await stage.page.emulateMedia({ colorScheme: "dark" });
    await stage.accessible("matching lines in the dark");
    await stage.page.emulateMedia({ colorScheme: "light" });
    await logs.press("Export");
    const dialog = stage.page.getByRole("dialog", { name: "Export the log" });
    const path = join(folder.path, "found.log");
    await dialog.getByRole("textbox", { name: "File" }).fill(path);
    await dialog.getByRole("button", { name: "Export", exact: true }).click();
    await stage.page.getByText("2 lines were written.").waitFor();
    expect(await readFile(path, "utf8")).toMatch(/^ping \| \S+Z ping 1\nping \| \S+Z ping 2\n$/);
    await logs.press("Only matching lines");
    await logs.press("Regular expression");
    await logs.search.fill("");
  });

  it("opens a long log at its end, reads back by scrolling, and finds in the engine what the window has not loaded", async () => {
    await logs.choose("shop", "long");
    await logs.says(`line ${LINES - 1}`);
    await logs.log.getByText('"structured"').click();
    await logs.log.getByRole("listitem").filter({ hasText: "structured" }).waitFor();
    await logs.log.hover();
    await stage.page.mouse.wheel(0, -1e6);
    await waitFor("older lines", async () => (await stage.page.getByText(/The last [\d,]+ lines are loaded/).innerText()).match(/[\d,]{5,}/)?.[0] !== "2,000");
    await logs.search.fill("needle");
    await logs.counts("No match");
    await logs.press("Search the whole log");
    await logs.whole.getByText("1 matching line").waitFor();
    await stage.desktop.shot("whole");
    await logs.whole.getByRole("listitem").getByText("line 1234 needle").click();
    await logs.says("line 1234 needle");
    await logs.says("line 1235");
    await logs.main.getByRole("button", { name: "Back to the end" }).last().click();
    await logs.says(`line ${LINES - 1}`);
    await logs.press("Export");
    const dialog = stage.page.getByRole("dialog", { name: "Export the log" });
    const path = join(folder.path, "whole.log");
    await dialog.getByRole("radio", { name: "Everything" }).click();
    await dialog.getByRole("textbox", { name: "File" }).fill(path);
    await dialog.getByText("With times").click();
    await dialog.getByRole("button", { name: "Export", exact: true }).click();
    await stage.page.getByText(`${(LINES + 1).toLocaleString("en")} lines were written.`).waitFor();
    const lines = (await readFile(path, "utf8")).split("\n");
    expect([lines.length, lines[0], lines[LINES - 1]]).toEqual([LINES + 2, "line 0", `line ${LINES - 1}`]);
  });

  it("keeps what ended, and leaves no error in the page", async () => {
    await logs.search.fill("");
    await logs.choose("long", "late");
    await logs.says("here I am");
    await stage.engine.docker.ok("rm", "-f", "late");
    await logs.state(/Stopped|Ended/);
    await logs.says("here I am");
    expect(stage.desktop.problems).toEqual([]);
  });
});
