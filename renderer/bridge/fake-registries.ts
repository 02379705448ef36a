/** Registries of the fake host: logged in and out in every way, and failures to look at. */
import type { ImageInfo } from "dockerode";
import type { CredentialStorage, FoundRepository, Freshness, RegistryInfo, RegistryKind, RegistryTest, RemoteTag } from "../../electron/ipc/contract/registries.ts";
import { makeId, seeded, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

const hour = 3_600_000;
const day = 24 * hour;
const ecr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/;
const listed: Readonly<Record<string, readonly string[]>> = {
  "127.0.0.1:5000": ["tools/migrate", "tools/seed", "sandbox/hello"],
  "registry.acme.example": ["platform/api", "platform/gateway", "platform/worker", "web/storefront", "web/storefront-docs"],
  "123456789012.dkr.ecr.eu-west-1.amazonaws.com": ["payments", "payments-worker"],
};
/** What a test of a registry finds: a host, the step it fails at, and the sentence. */
const broken: Readonly<Record<string, readonly [RegistryTest["step"], string]>> = {
  "old-nexus.acme.example:8082": ["dns", "old-nexus.acme.example could not be found: getaddrinfo ENOTFOUND old-nexus.acme.example"],
  "10.4.0.17:5000": ["connect", "10.4.0.17:5000 refused the connection"],
  "registry.staging.acme.example": ["tls", "the certificate of registry.staging.acme.example is signed by an authority that is not known here: put its certificate into /etc/docker/certs.d/registry.staging.acme.example/ca.crt"],
};

/** The part of the client that it serves. @param supported whether the engine looks into registries, as ours does */
export function createFakeRegistries({ scenario, supported, images, turn }: { scenario: Scenario; supported: boolean; images: readonly ImageInfo[]; turn: () => Promise<void> }) {
  const random = seeded(57);
  const now = Date.now();
  const known = new Map<string, RegistryInfo>();
  put("docker.io", false, scenario === "empty" ? {} : { login: { username: "dev", place: "helper", by: "secretservice" }, limit: { limit: 200, remaining: 17, windowSeconds: 21_600, at: now - 40_000 } });
  if (scenario !== "empty") {
    put("ghcr.io", false, { login: { username: "acme-dev", place: "plain" } });
    put("registry.acme.example", true, { login: { username: "dev@acme.example", place: "keyring", by: "Secret Service" } });
    put("123456789012.dkr.ecr.eu-west-1.amazonaws.com", true, { login: { username: "AWS", place: "aws", by: "acme-dev", expires: now + 7.4 * hour } });
    put("210987654321.dkr.ecr.us-east-1.amazonaws.com", true, { login: { username: "AWS", place: "aws", by: "acme-prod", problem: "The AWS single sign-on of the profile acme-prod has run out. Run: aws sso login --profile acme-prod" } });
    put("quay.io", false, { login: { place: "helper", by: "pass", problem: "The credential helper docker-credential-pass failed: pass is not initialized." } });
    put("127.0.0.1:5000", true);
    for (const host of Object.keys(broken)) put(host, true);
  }
  if (scenario === "many") for (let at = 0; at < 300; at++) put(`registry-${String(at + 1).padStart(3, "0")}.acme.example`, true, at % 3 === 0 ? { login: { username: "dev", place: "plain" } } : {});
  if (scenario === "long") put(`registry.${"a-part-that-somebody-generated.".repeat(6)}acme.example:5000`, true, { login: { username: `${"service-account-".repeat(6)}@acme.example`, place: "plain" } });

  function put(host: string, added: boolean, more: Partial<RegistryInfo> = {}): RegistryInfo {
    const [, account, region] = ecr.exec(host) ?? [];
    const kind: RegistryKind = host === "docker.io" ? "hub" : host === "public.ecr.aws" ? "ecr-public" : account ? "ecr" : "other";
    const name = kind === "hub" ? "Docker Hub" : kind === "ecr-public" ? "Amazon ECR Public" : account ? `Amazon ECR (${region}, ${account})` : host;
    const info: RegistryInfo = { host, kind, name, added, ...more };
    known.set(host, info);
    return info;
  }
  function find(host: string): RegistryInfo {
    return known.get(host) ?? put(host, false);
  }
  function need(): void {
    if (!supported) throw fakeError("notImplemented", "This engine does not look into registries: only Slipway's own does.");
  }
  function reach(host: string): void {
    const failure = broken[host];
    if (failure) throw fakeError("unavailable", failure[1]);
  }
  function tagsOf(repository: string): RemoteTag[] {
    const draw = seeded(repository.split("").reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7));
    const here = new Map(images.flatMap((image) => (image.RepoTags ?? []).map((name) => [name, image] as const)));
    const count = scenario === "many" ? 640 : 34;
    const names = ["latest", ...Array.from({ length: count }, (_, at) => `2026.${11 - Math.floor(at / 60)}.${59 - (at % 60)}`), "nightly"];
    if (scenario === "long") names.push(`feature-${"a-branch-that-somebody-named-".repeat(3)}end`);
    return names.map((name, at) => ({
      name, digest: `sha256:${makeId(draw)}`, platforms: at % 5 === 4 ? ["linux/amd64"] : ["linux/amd64", "linux/arm64", "linux/arm/v7"], size: 38_000_000 + Math.floor(draw() * 90_000_000), created: now - at * 1.7 * day, artifactType: at === 7 ? "application/vnd.cncf.helm.chart.v1+json" : "",
      ...(at === 11 ? { digest: "", platforms: [], size: 0, created: null } : {}), error: at === 11 ? "manifest unknown: the registry lists this tag but does not have it" : "",
      local: here.has(`${repository}:${name}`) ? (name === "latest" ? "behind" : "current") : "absent",
    }));
  }
  function page<T>(all: readonly T[], keyOf: (each: T) => string, { after, limit = 25 }: { after?: string; limit?: number }): { items: T[]; isLast: boolean } {
    const start = after === undefined ? 0 : all.findIndex((each) => keyOf(each) === after) + 1;
    return { items: all.slice(start, start + limit), isLast: start + limit >= all.length };
  }

  return {
    registries: {
      list: async () => {
        await turn();
        return [...known.values()].toSorted((a, b) => Number(b.host === "docker.io") - Number(a.host === "docker.io") || a.name.localeCompare(b.name));
      },
      add: async ({ host }: { host: string }) => put(host, true, { ...known.get(host), added: true }),
      forget: async ({ host }: { host: string }) => {
        const info = known.get(host);
        if (info?.login) put(host, false, { ...info, added: false });
        else known.delete(host);
      },
      storage: async ({ host }: { host: string }): Promise<CredentialStorage> => {
        if (host === "ghcr.io") return { place: "plain", sentence: "Docker's CLI keeps its login to ghcr.io as plain text in /home/dev/.docker/config.json; the new one takes its place there, for both. Log out first to have it kept elsewhere." };
        if (scenario === "empty") return { place: "plain", sentence: "The login is kept as plain text in /home/dev/.docker/config.json, as Docker does without a credential helper: secret-tool is not installed. To have it encrypted, install docker-credential-pass or docker-credential-secretservice and name it as credsStore in that file." };
        return { place: "keyring", by: "Secret Service", sentence: "The login is kept in the system's keyring (Secret Service), where Docker's CLI does not look: it needs its own login, or a credential helper for both." };
      },
      login: async ({ host, username, password }: { host: string; username: string; password: string }) => {
        await turn();
        await sleep(500);
        reach(host);
        if (/wrong/i.test(password)) throw fakeError("unauthorized", `${host} refused the login: incorrect username or password`);
        return put(host, known.get(host)?.added ?? false, { ...known.get(host), login: { username, place: "keyring", by: "Secret Service" } });
      },
      loginAws: async ({ host, profile }: { host: string; profile?: string }) => {
        await turn();
        await sleep(700);
        if (find(host).kind === "other") throw fakeError("invalidArgument", `${host} is not a registry of Amazon: AWS credentials cannot log in to it.`);
        if (profile === "acme-prod") throw fakeError("unauthorized", "The AWS single sign-on of the profile acme-prod has run out. Run: aws sso login --profile acme-prod", [], "The SSO session associated with this profile has expired.");
        if (profile === "readonly") throw fakeError("forbidden", `The AWS credentials of the profile readonly may not log in to ${host}: they need the IAM permission ecr:GetAuthorizationToken.`);
        return put(host, find(host).added, { ...find(host), login: { username: "AWS", place: "aws", ...(profile === undefined ? {} : { by: profile }), expires: Date.now() + 12 * hour } });
      },
      awsProfiles: async () => (scenario === "empty" ? [] : ["default", "acme-dev", "acme-prod", "readonly"]),
      logout: async ({ host }: { host: string }) => {
        await turn();
        const { login: _, ...info } = find(host);
        if (info.added || host === "docker.io") known.set(host, info);
        else known.delete(host);
      },
      test: async ({ host }: { host: string }): Promise<RegistryTest> => {
        await turn();
        need();
        await sleep(600);
        const failure = broken[host];
        if (failure) return { ok: false, step: failure[0], message: failure[1], milliseconds: 612 };
        const problem = known.get(host)?.login?.problem;
        return problem === undefined ? { ok: true, step: "done", message: "", milliseconds: 184 } : { ok: false, step: "login", message: problem, milliseconds: 230 };
      },
      catalog: async ({ host, ...rest }: { host: string; after?: string; limit?: number }) => {
        await turn();
        need();
        reach(host);
        const all = scenario === "many" && host === "registry.acme.example" ? Array.from({ length: 1000 }, (_, at) => `team-${at % 17}/service-${String(at + 1).padStart(4, "0")}`) : listed[host];
        if (!all) throw fakeError("notImplemented", `${find(host).name} does not list its repositories. Type the name of one.`);
        const { items, isLast } = page(all, (name) => name, { limit: 100, ...rest });
        return { repositories: items, isLast };
      },
      tags: async ({ repository, ...rest }: { repository: string; after?: string; limit?: number }) => {
        await turn();
        need();
        reach(repository.split("/")[0] ?? "");
        await sleep(300);
        if (repository.includes("missing")) throw fakeError("notFound", `${repository} is not in the registry, or only for those who are logged in.`);
        if (repository.includes("private")) throw fakeError("unauthorized", `${repository} is only for those who are logged in.`, [{ type: "loginRequired", registry: repository.includes(".") ? (repository.split("/")[0] ?? "") : "docker.io" }]);
        const all = tagsOf(repository);
        const { items, isLast } = page(all, (tag) => tag.name, rest);
        return { tags: items, total: all.length, isLast };
      },
      behind: async ({ references }: { references: string[] }): Promise<Record<string, Freshness | null>> => {
        await turn();
        need();
        const states: readonly (Freshness | null)[] = ["current", "behind", "current", "local", "current", "gone", null];
        return Object.fromEntries(references.map((reference) => [reference, states[Math.floor(seeded(reference.length * 7 + reference.charCodeAt(0))() * states.length)] ?? null]));
      },
      search: async ({ term, limit = 25 }: { term: string; limit?: number }): Promise<FoundRepository[]> => {
        await turn();
        await sleep(250);
        if (term === "fail") throw fakeError("unavailable", "Docker Hub does not answer. Check the network.");
        if (term === "nothing") return [];
        const owners = ["", "bitnami/", "linuxserver/", "circleci/", "rancher/", "acme/"];
        return Array.from({ length: Math.min(limit, 20) }, (_, at) => ({ name: `${owners[at % owners.length]}${term}${at < owners.length ? "" : `-${at}`}`, description: at % 4 === 3 ? "" : `${term} ${at === 0 ? "is what you looked for: the official build." : "packaged with sensible defaults, rebuilt every night and signed."}`, stars: Math.floor(19_000 / (at + 1) ** 2 + random() * 3), official: at === 0 }));
      },
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
