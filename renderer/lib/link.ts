/** The address of what is shown, for other programs: under Electron `slipway://...`, which opens the application; in a browser the page's own. */
export function linkHere(): string {
  if (location.protocol !== "app:") return location.href;
  return `slipway://${location.hash.replace(/^#\/?/, "")}`;
}
