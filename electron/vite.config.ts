import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const NODE = [...builtinModules, /^node:/, "electron"];

/**
 * Bundles the hosts with their packages: one file is read and compiled in a fraction of the time of a thousand. They are CommonJS, since importing `node:http`
 * as a module makes Node load its own fetch. `vite build --config electron/vite.config.ts` makes Electron's `main.cjs` and `preload.cjs`, `--mode browser-host`
 * makes `dist/browser-host`.
 */
export default defineConfig(({ mode }) => ({
  root: here,
  // dockerode loads them at its start, for what is not done here: ssh is the system's own program, builds are asked for over HTTP.
  resolve: { alias: [{ find: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)$/, replacement: `${here}services/unused-package.cjs` }] },
  builder: {
    async buildApp(builder) {
      for (const name of mode === "browser-host" ? ["browserHost"] : ["main", "preload"]) {
        const environment = builder.environments[name];
        if (environment !== undefined) await builder.build(environment);
      }
    },
  },
  build: { outDir: fileURLToPath(new URL("../dist/electron", import.meta.url)), emptyOutDir: false, minify: false, sourcemap: true, copyPublicDir: false },
  environments: {
    main: {
      consumer: "server",
      resolve: { builtins: NODE, noExternal: true },
      build: {
        target: "node24",
        ssr: true,
        rolldownOptions: { input: `${here}main/main.ts`, external: NODE, output: { format: "cjs", entryFileNames: "main.cjs", codeSplitting: false } },
      },
    },
    browserHost: {
      consumer: "server",
      resolve: { builtins: NODE, noExternal: true },
      build: {
        target: "node24",
        ssr: true,
        outDir: fileURLToPath(new URL("../dist/browser-host", import.meta.url)),
        emptyOutDir: true,
        rolldownOptions: { input: `${here}browser-host/main.ts`, external: NODE, output: { format: "cjs", entryFileNames: "main.cjs", chunkFileNames: "[name]-[hash].cjs" } },
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
}));
