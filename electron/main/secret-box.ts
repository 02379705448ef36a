import type { SafeStorage } from "electron";
import type { SecretBox } from "../services/credentials/sealed-keyring.ts";

/** Electron's safeStorage as the services know it. Works once the app is ready. */
export function electronSecretBox(storage: SafeStorage, platform = process.platform): SecretBox {
  return {
    name: platform === "darwin" ? "Keychain" : platform === "win32" ? "Windows data protection" : "Electron safeStorage",
    async obstacle() {
      // Chromium's own key, the same on every machine, protects nothing.
      if (platform === "linux" && ["basic_text", "unknown"].includes(storage.getSelectedStorageBackend())) return "the desktop has no keyring that Electron knows";
      return (await storage.isAsyncEncryptionAvailable()) ? undefined : "the system's keyring is locked or does not answer";
    },
    seal: (text) => storage.encryptStringAsync(text),
    open: async (bytes) => (await storage.decryptStringAsync(Buffer.from(bytes))).result,
  };
}
