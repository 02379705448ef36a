import type { Page } from "playwright-core";

/** One picture of the window. */
export interface Shot {
  /** Its file's name without ending. */
  readonly name: string;
  readonly hash: string;
  /** Another state of the fake host than the typical one. */
  readonly query?: string;
  /** What is done after the place has opened. */
  readonly act?: (page: Page) => Promise<void>;
}

const container = (tab: string): string => `#/containers/storefront-web/${tab}`;
const image = (tab: string): string => `#/images/node:24-bookworm-slim/${tab}`;

/** Every screen of the navigation, pages of single objects, and dialogs. */
export const SHOTS: readonly Shot[] = [
  { name: "containers", hash: "#/containers" },
  // Soon, before its counters have a gap.
  { name: "container-stats", hash: container("stats") },
  { name: "containers-selected", hash: "#/containers", act: selectTwo },
  { name: "containers-prune", hash: "#/containers?prune-containers=" },
  { name: "container-overview", hash: container("overview") },
  { name: "container-start", hash: container("overview"), act: (page) => page.getByRole("region", { name: "Last start" }).scrollIntoViewIfNeeded() },
  { name: "container-logs", hash: container("logs") },
  { name: "container-terminal", hash: container("terminal"), act: typeCommand },
  { name: "container-files", hash: container("files/%2Fetc%2Fnginx%2Fnginx.conf") },
  { name: "container-changes", hash: container("changes") },
  { name: "container-inspect", hash: container("inspect") },
  { name: "run", hash: "#/containers?run=nginx%3A1.27-alpine" },
  { name: "edit", hash: "#/containers?edit=storefront-web" },
  { name: "images", hash: "#/images" },
  { name: "image-overview", hash: image("overview") },
  { name: "image-layers", hash: image("layers") },
  { name: "image-files", hash: image("files") },
  { name: "image-history", hash: image("history") },
  { name: "images-compare", hash: "#/images/compare/node:24-bookworm-slim/redis:7.4" },
  { name: "images-pull", hash: "#/images?pull=acme%2Fsearch" },
  { name: "images-push", hash: "#/images?push=redis%3A7.4" },
  { name: "images-tag", hash: "#/images?tag-image=redis%3A7.4" },
  { name: "images-save", hash: "#/images?save-images=redis%3A7.4%20busybox%3Alatest" },
  { name: "images-prune", hash: "#/images?prune-images=" },
  { name: "builds", hash: "#/builds" },
  { name: "build", hash: "#/builds", act: openBuild },
  { name: "build-new", hash: "#/builds/new", act: openProject },
  { name: "logs", hash: "#/logs" },
  { name: "ports", hash: "#/ports" },
  { name: "ports-check", hash: "#/ports?check-port=" },
  { name: "volumes", hash: "#/volumes" },
  { name: "volume", hash: "#/volumes/storefront-data" },
  { name: "volume-files", hash: "#/volumes/storefront-data/files" },
  { name: "volumes-new", hash: "#/volumes?new-volume=" },
  { name: "volumes-prune", hash: "#/volumes?prune-volumes=" },
  { name: "networks", hash: "#/networks" },
  { name: "network", hash: "#/networks/storefront_backend" },
  { name: "networks-new", hash: "#/networks?new-network=" },
  { name: "registries", hash: "#/registries" },
  { name: "registry-tags", hash: "#/registries/registry.acme.example/repositories/platform%2Fapi" },
  { name: "registry-connection", hash: "#/registries/registry.acme.example/connection" },
  { name: "registries-login", hash: "#/registries?login=123456789012.dkr.ecr.eu-west-1.amazonaws.com" },
  { name: "engine", hash: "#/engine" },
  { name: "engine-disk", hash: "#/engine/disk" },
  { name: "engine-disk-free", hash: "#/engine/disk", act: async (page) => {
    for (const name of ["Volume npm-cache", "Transfer pull of ghcr.io/acme/train:nightly"]) await page.getByRole("checkbox", { name: `Select ${name}` }).click();
    await page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: /^Free \d/ }).click();
  } },
  { name: "engine-connections", hash: "#/engine/connections" },
  { name: "engine-connection-new", hash: "#/engine/connections?add-connection=" },
  { name: "engine-calls", hash: "#/engine/calls", act: openCall },
  { name: "engine-requirements", hash: "#/engine/requirements" },
  { name: "engine-log", hash: "#/engine/log" },
  { name: "settings", hash: "#/settings" },
  { name: "palette", hash: "#/containers", act: (page) => page.keyboard.press("ControlOrMeta+k") },
  { name: "shortcuts", hash: "#/containers", act: (page) => page.keyboard.press("?") },
  // Last of its window, which has less afterwards.
  { name: "removed", hash: "#/containers", act: removeSome },
  { name: "first-start", hash: "#/containers", query: "?scenario=empty" },
  { name: "first-steps", hash: "#/welcome" },
  { name: "engine-down", hash: "#/containers", query: "?engine=failed" },
];

async function selectTwo(page: Page): Promise<void> {
  for (const name of ["storefront-web", "queue"]) {
    await page.getByRole("row", { name, exact: true }).focus();
    await page.keyboard.press("Space");
  }
}

/** One of each kind, with what the confirmation offers. */
async function removeSome(page: Page): Promise<void> {
  for (const [hash, name] of [["#/networks", "experiments"], ["#/volumes", "old-backups"], ["#/containers", "queue"], ["#/containers", "grafana"], ["#/images", "grafana"]] as const) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.clock.runFor(1000);
    await page.getByRole("row").filter({ hasText: name }).first().focus();
    await page.keyboard.press("Delete");
    await page.clock.runFor(500);
    await page.getByRole("alertdialog").getByRole("button", { name: /^Remove/ }).click();
    await page.clock.runFor(7 * 60_000);
  }
  await page.evaluate('location.hash = "#/removed"');
}

/** The newest build that failed shows most. */
async function openBuild(page: Page): Promise<void> {
  await page.getByRole("row").filter({ hasText: "Failed" }).first().focus();
  await page.keyboard.press("Enter");
}

async function openCall(page: Page): Promise<void> {
  await page.getByRole("row", { name: /^POST \/containers\/create/ }).last().click();
  await page.getByRole("region", { name: /^POST \/containers\/create/ }).getByRole("radio", { name: "Request" }).click();
}

async function openProject(page: Page): Promise<void> {
  await page.getByRole("combobox", { name: "Folder" }).fill("/home/dev/storefront");
  await page.getByRole("textbox", { name: "Tag 1" }).fill("storefront:2026.11.4");
}

async function typeCommand(page: Page): Promise<void> {
  await page.getByRole("status").filter({ hasText: "Connected to" }).waitFor();
  await page.clock.runFor(500);
  await page.getByRole("region", { name: /^Terminal of / }).locator("textarea").focus();
  await page.keyboard.type("ls\n");
}
