import { expect, it } from "vitest";
import { groupLabels } from "./label-groups.ts";
import { looksSecret, masked } from "./secrets.ts";

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

it("puts labels under who made them, those of nobody first", () => {
  expect(groupLabels({ "com.docker.compose.project": "shop", zeta: "1", alpha: "2", "org.opencontainers.image.version": "3", "org.testcontainers": "true" })).toEqual([
    { title: "", labels: [["alpha", "2"], ["zeta", "1"]] },
    { title: "Compose", labels: [["project", "shop"]] },
    { title: "Image", labels: [["version", "3"]] },
    { title: "Testcontainers", labels: [["org.testcontainers", "true"]] },
  ]);
});
