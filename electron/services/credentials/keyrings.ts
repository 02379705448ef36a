import type { Keyring } from "./keyring.ts";
import { LoginIndex } from "./login-index.ts";
import { SealedKeyring } from "./sealed-keyring.ts";
import type { SecretBox } from "./sealed-keyring.ts";
import { SecretService } from "./secret-service.ts";

/** The keyrings of this machine, the one that is shared most first. @param box what the host itself can seal with */
export function systemKeyrings(box?: SecretBox): Keyring[] {
  const index = new LoginIndex();
  return [...(process.platform === "linux" ? [new SecretService({ index })] : []), ...(box === undefined ? [] : [new SealedKeyring(box, index)])];
}
