import { EngineError } from "../base/errors.ts";

/** The driver options of a bridge network that this engine acts on; others are kept and shown. */
export const OPTION = {
  bridgeName: "com.docker.network.bridge.name",
  icc: "com.docker.network.bridge.enable_icc",
  masquerade: "com.docker.network.bridge.enable_ip_masquerade",
  hostAddress: "com.docker.network.bridge.host_binding_ipv4",
  mtu: "com.docker.network.driver.mtu",
} as const;

/** Brings option values to one form. @throws EngineError `invalidArgument` */
export function normaliseOptions(options: Readonly<Record<string, string>>): Record<string, string> {
  const result = { ...options };
  for (const name of [OPTION.icc, OPTION.masquerade]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!/^(1|t|true|0|f|false)$/i.test(value)) throw new EngineError("invalidArgument", `invalid value ${JSON.stringify(value)} of option ${name}: expected true or false`);
    result[name] = String(/^(1|t|true)$/i.test(value));
  }
  const mtu = options[OPTION.mtu];
  if (mtu !== undefined && !(/^\d{2,5}$/.test(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65535)) throw new EngineError("invalidArgument", `invalid value ${JSON.stringify(mtu)} of option ${OPTION.mtu}: expected a number of bytes from 68 to 65535`);
  const device = options[OPTION.bridgeName];
  // An interface name of Linux, narrowed to what every tool can write.
  if (device !== undefined && !/^[A-Za-z][A-Za-z0-9_.-]{0,14}$/.test(device)) throw new EngineError("invalidArgument", `invalid value ${JSON.stringify(device)} of option ${OPTION.bridgeName}: expected up to 15 letters, digits, dots, dashes and underscores`);
  const address = options[OPTION.hostAddress];
  if (address !== undefined && !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) throw new EngineError("invalidArgument", `invalid value ${JSON.stringify(address)} of option ${OPTION.hostAddress}: expected an IPv4 address of this host`);
  return result;
}
