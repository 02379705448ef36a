/** Addresses of registries, as they stand before an image's name. */

export type ParsedHost = { readonly ok: true; readonly host: string } | { readonly ok: false; readonly message: string };

const hubNames = new Set(["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com"]);
const label = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/;

/**
 * Reads what was typed or pasted as a registry's address: a scheme, a path and Docker Hub's other names are understood.
 * @param text without surrounding blanks
 */
export function parseHost(text: string): ParsedHost {
  if (text === "") return fail("Enter the address of a registry, such as ghcr.io or 127.0.0.1:5000.");
  if (/\s/.test(text)) return fail("An address has no spaces.");
  const bare = text.replace(/^https?:\/\//i, "").replace(/\/(v[12]\/?)?$/, "");
  if (bare.includes("/")) return fail(`“${bare.slice(bare.indexOf("/"))}” belongs to a repository: a registry is its address alone.`);
  if (bare.includes("@")) return fail("Leave user name and password out of the address: Log in asks for them.");
  if (!bare.startsWith("[") && bare.indexOf(":") !== bare.lastIndexOf(":")) return fail(`An IPv6 address stands in brackets: [${bare}].`);
  const [, name = "", port] = /^(\[[0-9A-Fa-f:]+\]|[^:]*)(?::(.*))?$/.exec(bare) ?? [];
  if (name === "") return fail(`“${bare}” is not the address of a registry.`);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) return fail(port === "" ? "A port is missing after the colon." : `“${port}” is not a port: a number from 1 to 65535.`);
  if (name.startsWith("[")) return { ok: true, host: bare };
  const wrong = name.split(".").find((part) => !label.test(part));
  if (wrong !== undefined) return fail(wrong === "" ? "Two dots follow each other, or one begins or ends the name." : `“${wrong}” is not part of a name: letters, digits and hyphens.`);
  if (bare.length > 255) return fail("The address is longer than 255 characters.");
  if (hubNames.has(bare.toLowerCase())) return { ok: true, host: "docker.io" };
  if (!name.includes(".") && port === undefined && name !== "localhost") return fail(`“${name}” would be read as a repository of Docker Hub. Add a domain or a port: ${name}.example.com or ${name}:5000.`);
  return { ok: true, host: bare.toLowerCase() };
}

function fail(message: string): ParsedHost {
  return { ok: false, message };
}

/** What a registry is called in sentences. */
export function registryWords(host: string): string {
  return host === "docker.io" ? "Docker Hub" : host;
}

/** The region of an address of Amazon ECR; undefined for all others. */
export function ecrRegion(host: string): string | undefined {
  if (host === "public.ecr.aws") return "us-east-1";
  return /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.exec(host)?.[1];
}
