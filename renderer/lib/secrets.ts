import type { RunText } from "./run/form.ts";

const secretName = /(^|[_.-])(pass(word|wd|phrase)?|pwd|secrets?|tokens?|api[_-]?key|private[_-]?key|access[_-]?key|secret[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|auth|dsn|salt)([_.-]|\d|$)/i;
const joinedName = /(password|passwd|secret|token|apikey|privatekey|accesskey|credential)/i;
const innocent = /(_FILE|_PATH|_DIR|_URL_FILE|_TTL|_EXPIR(Y|ES|ATION)|_LIFETIME|_LENGTH|_HEADER|_NAME|_ENABLED|_TYPE|_METHOD)$/i;
/** A password in an address: `postgres://me:this@host/db`. */
const inAddress = /^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(@)/i;

/** Whether a variable's name says that its value is not for every eye. */
export function looksSecret(name: string): boolean {
  return (secretName.test(name) || joinedName.test(name)) && !innocent.test(name);
}

/**
 * A value as it may be seen: all of a secret hidden, of an address only its password.
 * @returns the text to show, or undefined where there is nothing to hide
 */
export function masked(name: string, value: string): string | undefined {
  if (value === "") return undefined;
  if (looksSecret(name)) return "••••••••";
  return inAddress.test(value) ? value.replace(inAddress, "$1••••••••$3") : undefined;
}

/** A form as it may be seen: the values of its environment as `masked` shows them. */
export function withoutSecrets(text: RunText): RunText {
  return { ...text, env: text.env.map((row) => ({ ...row, value: masked(row.name, row.value) ?? row.value })) };
}
