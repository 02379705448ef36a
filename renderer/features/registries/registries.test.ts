import { describe, expect, it } from "vitest";
import type { RemoteTag } from "../../../electron/ipc/contract/registries.ts";
import { toImageRows } from "../../stores/images.ts";
import { loginLine } from "./LoginDialog.tsx";
import { familiarRepository, localRepositories, typedRepository } from "./repositories.ts";
import { localState } from "./tags.ts";
import { expiryWords, limitWords, loginWords, placeWords, testWords } from "./words.ts";

const digest = `sha256:${"d".repeat(64)}`;

function images(tag: string, digests: string[]) {
  return toImageRows({ Id: `sha256:${"a".repeat(64)}`, RepoTags: [tag], RepoDigests: digests, Created: 1, Size: 2 } as Parameters<typeof toImageRows>[0]);
}

describe("repositories", () => {
  it("are those of the registry that images here come from", () => {
    const rows = [...images("nginx:1", []), ...images("acme/app:1", []), ...images("r:5000/team/app:1", []), ...images("r:5000/team/app:2", [])];
    expect(localRepositories("docker.io", rows)).toEqual(["acme/app", "library/nginx"]);
    expect(localRepositories("r:5000", rows)).toEqual(["team/app"]);
    expect([familiarRepository("docker.io", "library/nginx"), familiarRepository("r:5000", "team/app")]).toEqual(["nginx", "r:5000/team/app"]);
  });
  it("can be typed", () => {
    expect([typedRepository("docker.io", "nginx"), typedRepository("r:5000", " team/app "), typedRepository("r:5000", "Team"), typedRepository("r:5000", "app:1"), typedRepository("r:5000", "")]).toEqual(["library/nginx", "team/app", undefined, undefined, undefined]);
  });
});

describe("a tag here", () => {
  const tag: RemoteTag = { name: "1", digest, platforms: [], size: 1, created: null, artifactType: "", error: "", local: "absent" };
  const row = { tag, reference: "r:5000/app:1", repository: "r:5000/app" };
  it("is current, behind or absent by the digest", () => {
    expect(localState(row, images("r:5000/app:1", [`r:5000/app@${digest}`]))).toBe("current");
    expect(localState(row, images("r:5000/app:1", [`r:5000/app@sha256:${"e".repeat(64)}`]))).toBe("behind");
    expect(localState(row, images("r:5000/app:2", [`r:5000/app@${digest}`]))).toBe("absent");
    expect(localState({ ...row, tag: { ...tag, local: "current" } }, undefined)).toBe("current");
  });
});

describe("words", () => {
  it("say who is logged in, where that lies and for how long", () => {
    expect([loginWords(undefined), loginWords({ username: "dev", place: "plain" }), loginWords({ place: "aws" }), loginWords({ place: "helper" })]).toEqual(["Not logged in", "dev", "AWS", "By token"]);
    expect([placeWords("helper", "pass"), placeWords("aws", "work"), placeWords("plain", undefined), placeWords("keyring", "Secret Service")]).toEqual(["Helper pass", "AWS profile work", "Plain text in config.json", "Keyring, Secret Service"]);
    const minute = 60_000;
    expect([-1, 30_000, 5 * minute, 130 * minute, 49 * 60 * minute].map((left) => expiryWords(left, 0))).toEqual(["Expired", "Under 1 min left", "5 min left", "2 h left", "2 d left"]);
    expect([limitWords(undefined), limitWords({ remaining: 7, at: 0 }), limitWords({ remaining: 7, limit: 100, at: 0 })]).toEqual(["", "7 left", "7 of 100"]);
    expect([testWords(undefined), testWords("running"), testWords({ ok: true, step: "done", message: "", milliseconds: 1 }), testWords({ ok: false, step: "tls", message: "", milliseconds: 1 })]).toEqual(["", "Testing", "Works", "Certificate"]);
  });
  it("give the line for a terminal without the secret", () => {
    expect(loginLine({ host: "docker.io", way: "password", username: "", profile: "" })).toBe("docker login -u USER");
    expect(loginLine({ host: "r:5000", way: "password", username: "a b", profile: "" })).toBe("docker login -u 'a b' r:5000");
    expect(loginLine({ host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", way: "aws", username: "", profile: "work" })).toBe("aws ecr get-login-password --region eu-west-1 --profile work | docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com");
  });
});
