/** What must hold of every screen, whatever it shows. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** What axe objects to in a page, as `rule: HTML of the elements`. */
export async function violations(page: Page): Promise<string[]> {
  // Legacy is a way to look into frames, of which the window has none; the other way opens one more page for every look.
  const found = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** What is wider than its place, which only code and logs may be. */
export function sideways(page: Page): Promise<string[]> {
  return page.evaluate("[document.documentElement, ...document.querySelectorAll('main, [role=grid], [role=dialog]')].filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => `${each.tagName} ${each.ariaLabel ?? ''} ${each.scrollWidth} > ${each.clientWidth}`)");
}
