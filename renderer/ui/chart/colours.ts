export interface ChartColours {
  readonly line: string;
  readonly second: string;
  readonly fill: string;
  readonly grid: string;
  readonly text: string;
  readonly limit: string;
}

/** The colours of charts in the theme that is shown now: a canvas needs computed values. */
export function readChartColours(near: HTMLElement): ChartColours {
  const probe = document.createElement("span");
  probe.hidden = true;
  near.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const colours = { line: read("accent-solid"), second: read("accent-text"), fill: read("accent-surface"), grid: read("line"), text: read("text-2"), limit: read("text-3") };
  probe.remove();
  return colours;
}
