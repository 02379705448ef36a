import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Relative addresses, so that one build works under `app://`, `http://127.0.0.1` and a file tree alike.
 * `--mode fake` builds the window on the in-page fake host into dist/renderer-fake.
 */
export default defineConfig(({ mode }) => ({
  root: here,
  base: "./",
  plugins: [react()],
  css: { modules: { generateScopedName: mode !== "development" ? "[local]_[hash:base64:5]" : "[name]_[local]" } },
  build: {
    outDir: fileURLToPath(new URL(mode === "fake" ? "../dist/renderer-fake" : "../dist/renderer", import.meta.url)),
    emptyOutDir: true,
    target: "chrome140",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: `${here}${mode === "fake" ? "fake" : "index"}.html`,
    },
  },
}));
