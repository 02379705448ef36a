import { describe, expect, it } from "vitest";
import { registryHost } from "../../electron/ipc/contract/registries.ts";
import { ecrRegion, parseHost, registryWords } from "./registry.ts";
import { sentence } from "./sentence.ts";

describe("the address of a registry", () => {
  it.each([
    ["ghcr.io", "ghcr.io"],
    ["127.0.0.1:5000", "127.0.0.1:5000"],
    ["localhost", "localhost"],
    ["[::1]:5000", "[::1]:5000"],
    ["https://Registry.Example.com/v2/", "registry.example.com"],
    ["http://registry:5000/", "registry:5000"],
    ["https://index.docker.io/v1/", "docker.io"],
    ["registry-1.docker.io", "docker.io"],
  ])("%s is %s", (text, host) => {
    expect(parseHost(text)).toEqual({ ok: true, host });
    expect(registryHost.safeParse(host).success).toBe(true);
  });

  it.each([
    ["", "Enter the address"],
    ["a b", "no spaces"],
    ["ghcr.io/acme", "“/acme” belongs to a repository"],
    ["user@ghcr.io", "Leave user name and password out"],
    ["ghcr.io:", "A port is missing"],
    ["ghcr.io:99999", "“99999” is not a port"],
    ["ghcr.io:http", "“http” is not a port"],
    ["a..b", "Two dots"],
    ["-x.io", "“-x” is not part of a name"],
    ["::1", "stands in brackets"],
    ["acme", "would be read as a repository of Docker Hub"],
  ])("%j is refused", (text, message) => {
    expect(parseHost(text)).toMatchObject({ ok: false, message: expect.stringContaining(message) as string });
  });

  it("tells Amazon's, with their region", () => {
    expect([ecrRegion("123456789012.dkr.ecr.eu-west-1.amazonaws.com"), ecrRegion("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com"), ecrRegion("public.ecr.aws"), ecrRegion("ghcr.io"), ecrRegion("12.dkr.ecr.eu-west-1.amazonaws.com")]).toEqual(["eu-west-1", "us-gov-west-1", "us-east-1", undefined, undefined]);
    expect([registryWords("docker.io"), registryWords("ghcr.io")]).toEqual(["Docker Hub", "ghcr.io"]);
  });
});

describe("a tool's words", () => {
  it.each([
    ["Error response from daemon: pull access denied for x", "Pull access denied for x."],
    ["127.0.0.1:5000 refused the connection", "127.0.0.1:5000 refused the connection."],
    ["ghcr.io: unauthorized", "ghcr.io: unauthorized."],
    ["denied: requested access", "Denied: requested access."],
    ["", ""],
  ])("%j is said as %j", (text, said) => {
    expect(sentence(text)).toBe(said);
  });
});
