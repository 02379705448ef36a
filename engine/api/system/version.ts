import { release } from "node:os";
import { API_VERSION, MINIMUM_API_VERSION } from "../versions.ts";
import type { SystemBackend } from "./backend.ts";

/** The answer of `GET /version`. */
export function versionJson({ version, capabilities, images }: SystemBackend): object {
  const arch = images.hostPlatform.architecture;
  const kernel = release();
  return {
    Platform: { Name: "Slipway" },
    Components: [
      {
        Name: "Engine",
        Version: version,
        Details: { ApiVersion: API_VERSION, MinAPIVersion: MINIMUM_API_VERSION, Arch: arch, BuildTime: "", Experimental: "false", GitCommit: "", GoVersion: `node ${process.versions.node}`, KernelVersion: kernel, Os: "linux" },
      },
      { Name: capabilities.runtime, Version: capabilities.runtimeVersion, Details: { GitCommit: "" } },
      { Name: "conmon", Version: capabilities.conmonVersion, Details: { GitCommit: "" } },
    ],
    Version: version,
    ApiVersion: API_VERSION,
    MinAPIVersion: MINIMUM_API_VERSION,
    GitCommit: "",
    GoVersion: `node ${process.versions.node}`,
    Os: "linux",
    Arch: arch,
    KernelVersion: kernel,
    BuildTime: "",
  };
}
