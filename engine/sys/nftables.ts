import { createRequire } from "node:module";
import { EngineError, messageOf } from "../base/errors.ts";

/** libnftables(3), the library inside nft(8): a transaction costs one or two milliseconds, starting the program ten times that. */
interface Library {
  run(script: string): number;
  output(): string;
  error(): string;
}

const ERROR_BYTES = 500;
/** `NFT_CTX_OUTPUT_HANDLE` of nftables/libnftables.h. */
const OUTPUT_HANDLES = 8;
let loaded: Library | undefined;

/**
 * Applies a script in nft's language as one transaction: all of it or nothing.
 * @throws EngineError `internal` with the library's own words, `notFound` where it is not installed
 */
export function applyNft(script: string): void {
  if (script.trim() === "") return;
  loaded ??= load();
  if (loaded.run(script.endsWith("\n") ? script : `${script}\n`) !== 0) {
    throw new EngineError("internal", `nftables refused the rules of a network: ${loaded.error().trim().slice(0, ERROR_BYTES)}`);
  }
}

/** What `list ...` prints, rules with their handles; empty where there is no such thing. */
export function queryNft(script: string): string {
  loaded ??= load();
  if (loaded.run(`${script}\n`) === 0) return loaded.output();
  // Read, so that it is not part of the next one.
  loaded.error();
  return "";
}

function load(): Library {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  try {
    const library = koffi.load("libnftables.so.1");
    const context: unknown = library.func("void *nft_ctx_new(uint32_t flags)")(0);
    library.func("int nft_ctx_buffer_error(void *context)")(context);
    library.func("int nft_ctx_buffer_output(void *context)")(context);
    library.func("void nft_ctx_output_set_flags(void *context, unsigned int flags)")(context, OUTPUT_HANDLES);
    const output = library.func("const char *nft_ctx_get_output_buffer(void *context)") as (context: unknown) => string | null;
    const run = library.func("int nft_run_cmd_from_buffer(void *context, const char *script)") as (context: unknown, script: string) => number;
    const error = library.func("const char *nft_ctx_get_error_buffer(void *context)") as (context: unknown) => string | null;
    return { run: (script) => run(context, script), output: () => output(context) ?? "", error: () => error(context) ?? "" };
  } catch (error) {
    throw new EngineError("notFound", `nftables is not installed (libnftables.so.1: ${messageOf(error)}): install the package nftables`, { cause: error });
  }
}
