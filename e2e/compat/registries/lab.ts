import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeAuthority } from "../../fixtures/certificates.ts";
import { startEngine } from "../../fixtures/engines.ts";
import type { EngineKind, TestEngine } from "../../fixtures/engines.ts";
import { tempDir } from "../../fixtures/exec.ts";
import { startFaultyRegistry } from "../../fixtures/faulty-registry.ts";
import type { FaultyRegistry } from "../../fixtures/faulty-registry.ts";
import { busyboxRoot, makeImage, makeLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";
import { startProxy } from "../../fixtures/proxy.ts";
import type { TestProxy } from "../../fixtures/proxy.ts";
import { startRegistry } from "../../fixtures/registry.ts";
import type { TestRegistry } from "../../fixtures/registry.ts";
import { startTokenServer } from "../../fixtures/token-server.ts";
import type { TokenServer } from "../../fixtures/token-server.ts";

export const USER = "tester";
/** A secret that must never be found where it does not belong. */
export const PASSWORD = "secret-canary-5e1f";
/** bcrypt of {@link PASSWORD}, the only kind that docker-registry reads. */
const HASH = "$2y$05$abcdefghijklmnopqrstuubpdsx75i/svYuAaodgonRZshIKOyjlK";

/** Real registries in the set-ups that developers meet, and an engine that is told of them. */
export interface RegistryLab {
  readonly engine: TestEngine;
  /** Nobody needs a password; also the mirror of Docker Hub, holding `library/mirrored`. */
  readonly anonymous: TestRegistry;
  readonly faulty: FaultyRegistry;
  /** HTTP basic. */
  readonly password: TestRegistry;
  /** JWTs of a token server. Anybody may pull `public/...`. */
  readonly token: TestRegistry;
  readonly tokens: TokenServer;
  /** https with an authority of its own, wants a client certificate. */
  readonly tls: TestRegistry;
  /** The anonymous registry and the one with TLS by names that only a proxy knows. */
  readonly proxied: { readonly proxy: TestProxy; readonly plain: string; readonly secure: string };
}

export async function startRegistryLab(kind: EngineKind, stack: AsyncDisposableStack): Promise<RegistryLab> {
  const dir = stack.use(await tempDir("registries"));
  await chmod(dir.path, 0o755);
  const htpasswd = join(dir.path, "htpasswd");
  await writeFile(htpasswd, `${USER}:${HASH}\n`);
  const [authority, clients] = [await makeAuthority(dir.path), await makeAuthority(dir.path, "client authority")];
  const [server, client, signer] = await Promise.all([authority.issue("server", ["IP:127.0.0.1", "DNS:secure.registry.test"]), clients.issue("client", []), makeAuthority(dir.path, "signer")]);
  const tokens = stack.use(await startTokenServer({
    keys: signer, service: "test-registry", issuer: "test-issuer", users: { [USER]: PASSWORD },
    allow: (user, repository, action) => user === USER || (action === "pull" && repository.startsWith("public/")),
  }));
  const [anonymous, password, token, tls] = await Promise.all([
    startRegistry(), startRegistry({ auth: `{htpasswd: {realm: test, path: ${JSON.stringify(htpasswd)}}}` }),
    startRegistry({ auth: `{token: {realm: ${JSON.stringify(tokens.realm)}, service: test-registry, issuer: test-issuer, rootcertbundle: ${JSON.stringify(signer.certificate)}}}` }),
    startRegistry({ tls: { ...server, clientCa: clients.certificate } }),
  ]);
  for (const registry of [anonymous, password, token, tls]) stack.use(registry);
  const faulty = stack.use(await startFaultyRegistry(anonymous));
  const [plain, secure] = ["plain.registry.test:5000", "secure.registry.test:5443"];
  const proxy = stack.use(await startProxy({ names: { [plain]: anonymous.host, [secure]: tls.host }, user: "proxy-user", password: `proxy-${PASSWORD}` }));
  const certificates = join(dir.path, "certs.d");
  for (const host of [tls.host, secure]) {
    await mkdir(join(certificates, host), { recursive: true });
    await copyFile(authority.certificate, join(certificates, host, "ca.crt"));
    await copyFile(client.certificate, join(certificates, host, "client.cert"));
    await copyFile(client.key, join(certificates, host, "client.key"));
    for (const file of await readdir(join(certificates, host))) await chmod(join(certificates, host, file), 0o644);
  }
  await pushImage(anonymous.url, "busybox", "latest", makeImage([makeLayer(busyboxRoot())]));
  await pushImage(anonymous.url, "library/mirrored", "latest", makeImage([makeLayer([{ name: "mirrored", data: "yes\n" }])]));
  const engine = stack.use(await startEngine(kind, {
    env: {
      SLIPWAY_DEBUG: "1", SLIPWAY_CERTS_DIR: certificates, SLIPWAY_INSECURE_REGISTRIES: plain,
      // The first mirror does not answer.
      SLIPWAY_REGISTRY_MIRRORS: `http://127.0.0.1:1,${anonymous.url}`,
      HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: "example.invalid",
    },
  }));
  return { engine, anonymous, faulty, password, token, tokens, tls, proxied: { proxy, plain, secure } };
}
