/** Addresses of registries: as image names have them, and as the keys of Docker's configuration file. */
import type { RegistryKind } from "../../ipc/contract/registries.ts";
import { registryHost } from "../../ipc/contract/registries.ts";

export const HUB = "docker.io";
/** The key that Docker's CLI keeps its login to Docker Hub under. */
export const HUB_KEY = "https://index.docker.io/v1/";
const HUB_NAMES = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];
const ECR = /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;
const ECR_PUBLIC = ["public.ecr.aws", "ecr-public.aws.com"];

/** The registry of an image, by the rule of distribution's reference package: the first part is one when nothing else can look like it. */
export function registryOf(reference: string): string {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  return first !== "" && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase()) ? canonicalHost(first) : HUB;
}

/** One name for each registry: Docker Hub has several. */
export function canonicalHost(host: string): string {
  return HUB_NAMES.includes(host.toLowerCase()) ? HUB : host;
}

/** What the CLI calls `host` in its configuration file and towards credential helpers. */
export function keyOf(host: string): string {
  const canonical = canonicalHost(host);
  return canonical === HUB ? HUB_KEY : canonical;
}

/** The registry that a key of the configuration file means; undefined for what is no registry, such as the Hub's `/v1/access-token`. */
export function hostOfKey(key: string): string | undefined {
  const [, host = "", path = ""] = /^(?:https?:\/\/)?([^/]*)(.*)$/i.exec(key.trim()) ?? [];
  if (!registryHost.safeParse(host).success) return undefined;
  const canonical = canonicalHost(host);
  return canonical === HUB && !/^(?:\/v[12])?\/?$/.test(path) ? undefined : canonical;
}

/** What Amazon's address says. */
export interface EcrAddress {
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
}

export function ecrAddressOf(host: string): EcrAddress | undefined {
  const [, account, fips, region] = ECR.exec(host) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region, fips: fips !== undefined };
}

export function kindOf(host: string): RegistryKind {
  if (canonicalHost(host) === HUB) return "hub";
  if (ECR_PUBLIC.includes(host)) return "ecr-public";
  return ecrAddressOf(host) === undefined ? "other" : "ecr";
}

/** How people call it. */
export function nameOf(host: string): string {
  const kind = kindOf(host);
  if (kind === "hub") return "Docker Hub";
  if (kind === "ecr-public") return "Amazon ECR Public";
  const ecr = ecrAddressOf(host);
  return ecr === undefined ? host : `Amazon ECR (${ecr.region}, ${ecr.account})`;
}
