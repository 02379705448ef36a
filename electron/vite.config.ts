import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const NODE = [...builtinModules, /^node:/, "electron"];

/**
 * Bundles the Electron host: `main.mjs`, whose packages stay in node_modules, and `preload.cjs`, which a sandbox can only run
 * as one file of CommonJS. `vite build --config electron/vite.config.ts` makes both.
 */
export default defineConfig({
  root: here,
  builder: {
    async buildApp(builder) {
      for (const name of ["main", "preload"]) {
        const environment = builder.environments[name];
        if (environment !== undefined) await builder.build(environment);
      }
    },
  },
  build: { outDir: fileURLToPath(new URL("../dist/electron", import.meta.url)), emptyOutDir: false, minify: false, sourcemap: true, copyPublicDir: false },
  environments: {
    main: {
      consumer: "server",
      resolve: { builtins: NODE },
      build: {
        target: "node24",
        ssr: true,
        rolldownOptions: { input: `${here}main/main.ts`, external: NODE, output: { format: "es", entryFileNames: "main.mjs", codeSplitting: false } },
      },
    },
    preload: {
      consumer: "server",
      resolve: { builtins: NODE, noExternal: true },
      build: {
        target: "node24",
        ssr: true,
        rolldownOptions: { input: `${here}preload/preload.ts`, external: NODE, output: { format: "cjs", entryFileNames: "preload.cjs", codeSplitting: false } },
      },
    },
  },
});
