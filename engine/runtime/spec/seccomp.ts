import { EngineError, messageOf } from "../../base/errors.ts";
import { ALLOWED_ON, ALLOWED_WITH, ALWAYS_ALLOWED } from "./seccomp-table.ts";

interface SyscallArgument { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: string }
interface SyscallRule { readonly names: readonly string[]; readonly action: string; readonly errnoRet?: number | undefined; readonly args?: readonly SyscallArgument[] | undefined }

/** `linux.seccomp` of the OCI runtime specification. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly syscalls: readonly SyscallRule[];
}

const ALLOW = "SCMP_ACT_ALLOW";
const REFUSE = "SCMP_ACT_ERRNO";
const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEW* flags: without CAP_SYS_ADMIN no new namespaces. */
const NAMESPACE_FLAGS = 0x7e020000;
/** Personalities that change nothing of security's concern: Linux, UNAME26, Linux32 and the query of the current one. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/**
 * The default profile, as Docker's: what a container with these capabilities may call.
 * @param architecture Node's name of the processor
 */
export function defaultSeccomp(capabilities: readonly string[], architecture: string = process.arch): SeccompProfile {
  const names = new Set(ALWAYS_ALLOWED);
  for (const capability of capabilities) for (const name of ALLOWED_WITH[capability] ?? []) names.add(name);
  for (const name of ALLOWED_ON[architecture] ?? []) names.add(name);
  const syscalls: SyscallRule[] = [
    { names: [...names], action: ALLOW },
    { names: ["socket"], action: ALLOW, args: [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }] },
    ...PERSONALITIES.map((value) => ({ names: ["personality"], action: ALLOW, args: [{ index: 0, value, op: "SCMP_CMP_EQ" }] })),
  ];
  if (!capabilities.includes("CAP_SYS_ADMIN")) {
    syscalls.push({ names: ["clone"], action: ALLOW, args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }] });
    // Its flags are in memory, out of a filter's sight: libraries fall back to clone when the kernel seems not to have it.
    syscalls.push({ names: ["clone3"], action: REFUSE, errnoRet: ENOSYS });
  }
  return { defaultAction: REFUSE, defaultErrnoRet: EPERM, ...architecturesOf(architecture), syscalls };
}

function architecturesOf(architecture: string): { readonly architectures?: readonly string[] } {
  const architectures = ARCHITECTURES[architecture];
  return architectures === undefined ? {} : { architectures };
}

/** Docker's profile format: rules may depend on capabilities, architectures and the kernel. */
interface DockerProfile {
  readonly defaultAction?: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[];
  readonly flags?: readonly string[];
  readonly syscalls?: readonly DockerRule[];
}
interface DockerRule extends Omit<SyscallRule, "names"> { readonly name?: string; readonly names?: readonly string[]; readonly includes?: DockerFilter; readonly excludes?: DockerFilter }
interface DockerFilter { readonly caps?: readonly string[]; readonly arches?: readonly string[]; readonly minKernel?: string }

const DOCKER_ARCHITECTURE: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * A profile in Docker's JSON format (`--security-opt seccomp=profile.json`; the client sends the file's text), for these capabilities.
 * @throws EngineError `invalidArgument` when it is not such a profile
 */
export function customSeccomp(text: string, capabilities: readonly string[], kernel: string, architecture: string = process.arch): SeccompProfile {
  let profile: DockerProfile;
  try {
    profile = JSON.parse(text) as DockerProfile;
  } catch (error) {
    throw new EngineError("invalidArgument", `Decoding seccomp profile failed: ${messageOf(error)}`, { cause: error });
  }
  if (typeof profile !== "object" || profile === null || typeof profile.defaultAction !== "string" || !Array.isArray(profile.syscalls ?? [])) {
    throw new EngineError("invalidArgument", "Decoding seccomp profile failed: it needs a defaultAction and a list of syscalls");
  }
  const matches = (filter: DockerFilter | undefined, rule: (values: boolean[]) => boolean): boolean => {
    if (filter === undefined) return true;
    const tests: boolean[] = [];
    if ((filter.caps ?? []).length > 0) tests.push(rule(filter.caps!.map((name) => capabilities.includes(name))));
    if ((filter.arches ?? []).length > 0) tests.push(filter.arches!.includes(DOCKER_ARCHITECTURE[architecture] ?? architecture));
    if (filter.minKernel !== undefined && filter.minKernel !== "") tests.push(kernelAtLeast(kernel, filter.minKernel));
    return tests.every(Boolean);
  };
  const excluded = (filter: DockerFilter | undefined): boolean =>
    filter !== undefined && ((filter.caps ?? []).some((name) => capabilities.includes(name)) || (filter.arches ?? []).includes(DOCKER_ARCHITECTURE[architecture] ?? architecture));
  const syscalls = (profile.syscalls ?? [])
    .filter((rule) => matches(rule.includes, (values) => values.every(Boolean)) && !excluded(rule.excludes))
    .map((rule): SyscallRule => ({ names: rule.names ?? (rule.name === undefined ? [] : [rule.name]), action: rule.action, ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }), ...(rule.args == null ? {} : { args: rule.args }) }));
  const mapped = profile.archMap?.find((entry) => entry.architecture === ARCHITECTURES[architecture]?.[0]);
  const architectures = mapped === undefined ? profile.architectures : [mapped.architecture, ...(mapped.subArchitectures ?? [])];
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(architectures === undefined ? architecturesOf(architecture) : { architectures }),
    ...(profile.flags === undefined ? {} : { flags: profile.flags }),
    syscalls,
  };
}

function kernelAtLeast(kernel: string, minimum: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = minimum.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
