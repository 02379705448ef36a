/** What the windows of a test file show, for a failure's message: a journey that waited in vain says little without it. */
import type { Page } from "playwright-core";

const CHARACTERS = 400;

const open = new Map<Page, readonly string[]>();
let closed: string[] = [];

/** @param problems of the page, which grow @returns what takes a last look, before the page is closed */
export function remember(page: Page, problems: readonly string[]): () => Promise<void> {
  open.set(page, problems);
  return async () => {
    closed.push(await look(page, problems));
    open.delete(page);
  };
}

/** A line for each window that is open, or was closed since the last call. */
export async function whatWasShown(): Promise<string[]> {
  const lines = [...closed, ...(await Promise.all([...open].map(([page, problems]) => look(page, problems))))];
  closed = [];
  return lines;
}

async function look(page: Page, problems: readonly string[]): Promise<string> {
  const text = await page
    .evaluate<string>("`${location.hash} ${document.readyState}: ${document.body.innerText}; files: ${performance.getEntriesByType('resource').filter((each) => each.responseStatus !== 200).map((each) => `${each.name} ${each.responseStatus}`)}`")
    .catch((error: unknown) => String(error));
  return `a window showed ${text.replaceAll(/\s+/g, " ").slice(0, CHARACTERS)}${problems.length > 0 ? `; problems: ${problems.join("; ").slice(0, CHARACTERS)}` : ""}`;
}
