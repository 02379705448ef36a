import { expect, it } from "vitest";
import { emptyRun } from "./run/form.ts";
import { runLine } from "./run/print.ts";
import { looksSecret, masked, withoutSecrets } from "./secrets.ts";

it.each(["POSTGRES_PASSWORD", "DB_PASS", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "api-key", "STRIPE_APIKEY", "JWT_SECRET", "PGPASSWORD", "SENTRY_DSN", "SLACK_TOKEN_2", "password"])("%s looks like a secret", (name) => {
  expect(looksSecret(name)).toBe(true);
});

it.each(["PATH", "PASSENGER_APP_ENV", "POSTGRES_PASSWORD_FILE", "TOKEN_TTL", "AUTHOR", "KEYBOARD_LAYOUT", "COMPASS", "TOKENIZERS_PATH", "NODE_ENV", "MONKEY"])("%s does not", (name) => {
  expect(looksSecret(name)).toBe(false);
});

it("hides all of a secret, of an address its password, and nothing of what is empty or harmless", () => {
  expect(masked("TOKEN", "abc")).toBe("••••••••");
  expect(masked("TOKEN", "")).toBeUndefined();
  expect(masked("DATABASE_URL", "postgres://me:pa%24s@db:5432/shop?x=1")).toBe("postgres://me:••••••••@db:5432/shop?x=1");
  expect(masked("REDIS_URL", "redis://:pw@cache")).toBe("redis://:••••••••@cache");
  expect(masked("DATABASE_URL", "postgres://me@db/shop")).toBeUndefined();
});

it("leaves secrets out of a form that is only looked at", () => {
  const text = { ...emptyRun, image: "db", env: [{ name: "POSTGRES_PASSWORD", value: "canary" }, { name: "MODE", value: "test" }, { name: "PEER", value: "redis://:canary@cache" }] };
  expect(runLine(withoutSecrets(text))).not.toContain("canary");
  expect(runLine(withoutSecrets(text))).toContain("MODE=test");
  expect(withoutSecrets(text).env.map(({ name }) => name)).toEqual(["POSTGRES_PASSWORD", "MODE", "PEER"]);
});
