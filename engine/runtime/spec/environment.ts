/** The search path of containers whose image sets none. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The process' environment: Docker's defaults, overridden by `env`. An entry without `=` removes the variable.
 * @param env `NAME=value`, later ones win
 */
export function containerEnvironment(env: readonly string[], defaults: { readonly hostname: string; readonly tty: boolean; readonly home: string }): string[] {
  const variables = new Map<string, string>([["PATH", DEFAULT_PATH]]);
  if (defaults.hostname !== "") variables.set("HOSTNAME", defaults.hostname);
  if (defaults.tty) variables.set("TERM", "xterm");
  for (const entry of env) {
    const separator = entry.indexOf("=", 1);
    if (separator < 0) variables.delete(entry);
    else variables.set(entry.slice(0, separator), entry.slice(separator + 1));
  }
  if (!variables.has("HOME")) variables.set("HOME", defaults.home);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
