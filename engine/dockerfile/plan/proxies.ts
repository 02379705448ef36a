/** Build arguments that need no ARG, in any case. Each sets two variables of RUN. */
const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** The proxy variables of RUN, in capitals and small letters, from whichever of both is given; small letters win. */
export function proxyVariables(args: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const key of Object.keys(args).toSorted()) if (NAMES.includes(key.toUpperCase())) given.set(key.toUpperCase(), args[key]!);
  return new Map(NAMES.flatMap((name) => (given.has(name) ? [[name, given.get(name)!] as const, [name.toLowerCase(), given.get(name)!] as const] : [])));
}
