/** Registries: which there are, log in and out, test, browse. Logins are shared with Docker: `~/.docker/config.json` and its credential helpers. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import { imageRef } from "./common.ts";

/** Address of a registry as in an image's name: `docker.io`, `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000`. */
export const registryHost = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/, "is not the address of a registry");

const secret = z.string().min(1).max(65_536).regex(/^[^\0]*$/, "must not contain a NUL character");

/** `ecr` and `ecr-public` are Amazon's, which log in by AWS credentials too. */
export type RegistryKind = "hub" | "ecr" | "ecr-public" | "other";

/** Where a secret lies: a helper program, the system's keyring, plain text in config.json, or nowhere because AWS gives one when it is needed. */
export type CredentialPlace = "helper" | "keyring" | "plain" | "aws";

export interface RegistryLogin {
  /** Absent for identity tokens that name nobody. */
  username?: string;
  place: CredentialPlace;
  /** Name of the helper (`pass`, `secretservice`) or of the AWS profile. */
  by?: string;
  /** Milliseconds since the epoch; absent where it does not run out, or nobody says when. */
  expires?: number;
  /** Why the stored login cannot be read now: the helper's own sentence. */
  problem?: string;
}

export interface RegistryInfo {
  host: string;
  kind: RegistryKind;
  /** How it is called: `Docker Hub`, `Amazon ECR (eu-west-1, 123456789012)`, else its address. */
  name: string;
  login?: RegistryLogin;
  /** Added by hand in this window, as opposed to known from a login. Docker Hub is always there. */
  added: boolean;
  /** What it said last of its pull limits. */
  limit?: { limit?: number; remaining: number; windowSeconds?: number; at: number };
}

/** Where the next login will be kept, said before it is made. */
export interface CredentialStorage {
  place: CredentialPlace;
  by?: string;
  /** One sentence, for instance why only plain text is possible and what would change that. */
  sentence: string;
}

/** How far one gets with a registry, in this order. */
export type TestStep = "dns" | "connect" | "proxy" | "tls" | "login" | "http" | "done";

export interface RegistryTest {
  ok: boolean;
  /** The step that failed; `done` when none did. */
  step: TestStep;
  message: string;
  milliseconds: number;
}

export interface RemoteTag {
  name: string;
  /** Empty when it could not be read, see `error`. */
  digest: string;
  platforms: string[];
  /** Bytes to fetch for this machine; 0 while unknown. */
  size: number;
  created: number | null;
  /** Media type of what is no image; empty for images. */
  artifactType: string;
  error: string;
  /** What this machine has under this name. */
  local: "absent" | "current" | "behind";
}

export interface FoundRepository {
  name: string;
  description: string;
  stars: number;
  official: boolean;
}

/** `local` was never pulled from or pushed to its registry; `gone`: the registry has no such tag any more. */
export type Freshness = "current" | "behind" | "gone" | "local";

const one = z.object({ host: registryHost });
const page = { after: z.string().max(512).optional(), limit: z.number().int().min(1).max(200).optional() };

export const registries = {
  /** Docker Hub first, then by name. Never asks a registry; may ask credential helpers. */
  list: oc.output(type<RegistryInfo[]>()),
  add: oc.input(one).output(type<RegistryInfo>()),
  /** Takes an added one off the list; its login stays. */
  forget: oc.input(one).output(type<void>()),
  storage: oc.input(one).output(type<CredentialStorage>()),
  /** Tries the login at the registry first, then keeps it. `unauthorized` with the registry's own sentence. */
  login: oc.input(one.extend({ username: z.string().min(1).max(1024).regex(/^[^\0]*$/), password: secret })).output(type<RegistryInfo>()),
  /** By the AWS credential chain, for `ecr` and `ecr-public` alone. */
  loginAws: oc.input(one.extend({ profile: z.string().min(1).max(255).optional() })).output(type<RegistryInfo>()),
  /** Profiles of `~/.aws/config` and `~/.aws/credentials`. */
  awsProfiles: oc.output(type<string[]>()),
  logout: oc.input(one).output(type<void>()),
  test: oc.input(one).output(type<RegistryTest>()),
  /** `notImplemented` or `forbidden` where the registry lists none. */
  catalog: oc.input(one.extend(page)).output(type<{ repositories: string[]; isLast: boolean }>()),
  tags: oc.input(z.object({ repository: imageRef, ...page })).output(type<{ tags: RemoteTag[]; total: number | null; isLast: boolean }>()),
  /** By HEAD alone; null where it could not be found out. */
  behind: oc.input(z.object({ references: z.array(imageRef).max(200) })).output(type<Record<string, Freshness | null>>()),
  /** At Docker Hub, or at the registry that the term begins with. */
  search: oc.input(z.object({ term: z.string().min(1).max(255).regex(/^[^\0\s]*$/, "must not contain spaces"), limit: z.number().int().min(1).max(100).default(25) })).output(type<FoundRepository[]>()),
};
