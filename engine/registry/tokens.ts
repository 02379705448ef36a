/** A bearer token in memory, and until when it is worth sending. */
export interface Token {
  readonly value: string;
  readonly scopes: readonly string[];
  /** On this process's monotonic clock, in milliseconds: the clocks of registries are wrong in both directions. */
  readonly expiresAt: number;
}

/** What the token specification says of a token that names no lifetime, in seconds. */
const DEFAULT_LIFETIME_S = 60;
/** The part of its life for which a token is used: the rest is for requests on their way. */
const USABLE_PART = 0.9;
const MAX_TOKENS = 200;

/** Tokens of one login at one registry, by what they allow. Never written anywhere. */
export class Tokens {
  readonly #tokens = new Map<string, Token>();

  /** A token that allows all of `scopes` and still lives. */
  find(scopes: readonly string[], now: number): Token | undefined {
    for (const [key, token] of this.#tokens) if (token.expiresAt <= now) this.#tokens.delete(key);
    return this.#tokens.get(keyOf(scopes)) ?? [...this.#tokens.values()].find((token) => scopes.length > 0 && scopes.every((scope) => token.scopes.some((has) => covers(has, scope))));
  }

  /** @param lifetime seconds the token lives from `askedAt`, as the token server says */
  keep(value: string, scopes: readonly string[], lifetime: number | undefined, askedAt: number): Token {
    const seconds = lifetime !== undefined && Number.isFinite(lifetime) && lifetime > 0 ? lifetime : DEFAULT_LIFETIME_S;
    const token = { value, scopes, expiresAt: askedAt + seconds * 1000 * USABLE_PART };
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.delete(this.#tokens.keys().next().value!);
    this.#tokens.set(keyOf(scopes), token);
    return token;
  }

  /** The registry refused it: whatever its life was said to be. */
  drop(value: string): void {
    for (const [key, token] of this.#tokens) if (token.value === value) this.#tokens.delete(key);
  }
}

export function keyOf(scopes: readonly string[]): string {
  return scopes.toSorted().join(" ");
}

/** Whether a token for `has` serves `wanted`: the same thing, with all of its actions (`repository:a/b:pull,push` covers `repository:a/b:pull`). */
function covers(has: string, wanted: string): boolean {
  const [hasThing, hasActions] = split(has);
  const [wantedThing, wantedActions] = split(wanted);
  return hasThing === wantedThing && wantedActions.every((action) => hasActions.includes(action));
}

function split(scope: string): [string, string[]] {
  const colon = scope.lastIndexOf(":");
  return [scope.slice(0, colon), scope.slice(colon + 1).split(",")];
}
