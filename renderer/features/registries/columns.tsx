import { Ellipsis, LogIn, LogOut, PlugZap } from "lucide-react";
import { useStore } from "zustand";
import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { ecrRegion } from "../../lib/registry.ts";
import { registriesStore, testRegistry } from "../../stores/registries.ts";
import { openLogin } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import { MenuButton } from "../../ui/overlay/MenuButton.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { registryActions } from "./actions.tsx";
import { askLogout } from "./deeds.tsx";
import { Expiry } from "./Expiry.tsx";
import { limitWords, loginWords, placeWords, testWords } from "./words.ts";
import css from "./Registries.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of registries. */
export const registryColumns: readonly Column<RegistryInfo>[] = [
  { id: "name", header: "Registry", track: "minmax(150px, 2.4fr)", compare: (a, b) => Number(b.kind === "hub") - Number(a.kind === "hub") || names.compare(a.name, b.name), cell: (info) => <Name info={info} /> },
  { id: "login", header: "Login", track: "minmax(128px, 1.3fr)", compare: (a, b) => Number(b.login !== undefined) - Number(a.login !== undefined) || names.compare(loginWords(a.login), loginWords(b.login)), cell: ({ login }) => (login?.problem ? <Tip text={login.problem}><span><Badge tone="warning">Cannot be read</Badge></span></Tip> : <span className={login ? undefined : "quiet"}>{loginWords(login)}</span>) },
  { id: "place", header: "Kept in", track: "minmax(110px, 1.3fr)", from: 860, compare: (a, b) => names.compare(a.login?.place ?? "", b.login?.place ?? ""), cell: ({ login }) => login && (login.place === "plain" ? <Tip text="Whoever reads ~/.docker/config.json has it."><span><Badge tone="warning">Plain text</Badge></span></Tip> : <span className="quiet">{placeWords(login.place, login.by)}</span>) },
  { id: "expires", header: "Expires", track: "96px", compare: (a, b) => (a.login?.expires ?? Infinity) - (b.login?.expires ?? Infinity), cell: ({ login }) => login?.expires !== undefined && <Expiry at={login.expires} /> },
  { id: "limit", header: "Pulls left", track: "88px", align: "end", compare: (a, b) => (a.limit?.remaining ?? Infinity) - (b.limit?.remaining ?? Infinity), cell: ({ limit }) => <span className={limit?.remaining === 0 ? css["spent"] : "quiet"}>{limitWords(limit)}</span> },
  { id: "test", header: "Connection", track: "116px", cell: ({ host }) => <Tested host={host} /> },
  { id: "actions", header: "Actions", track: "108px", late: true, cell: (info) => <Actions info={info} /> },
];

/** Where the engine makes no tests. */
export const plainRegistryColumns = registryColumns.filter((column) => column.id !== "test");

function Name({ info }: { readonly info: RegistryInfo }) {
  return (
    <span className={css["name"]} title={info.name.length + info.host.length > 40 ? `${info.name} ${info.host}` : undefined}>
      <span className={`${css["strong"]} cut`}>{info.name}</span>
      {info.name !== info.host && <span className={`${css["host"]} mono cut`}>{info.host}</span>}
    </span>
  );
}

function Tested({ host }: { readonly host: string }) {
  const state = useStore(registriesStore, ({ tests }) => tests.get(host));
  const kept = useStore(transfersStore, (transfers) => transfers.kept);
  if (kept === false) return null;
  if (state === undefined) return <Button variant="ghost" size="small" className={css["test"]} onClick={() => void testRegistry(host)} aria-label={`Test ${host}`}>Test</Button>;
  if (state === "running") return <span className="quiet">Testing</span>;
  const tone = "error" in state ? "danger" : state.ok ? "success" : state.step === "login" ? "warning" : "danger";
  return <Tip text={"error" in state ? state.error.message : state.ok ? `Answered in ${state.milliseconds} ms` : state.message}><span><Badge tone={tone}>{testWords(state)}</Badge></span></Tip>;
}

function Actions({ info }: { readonly info: RegistryInfo }) {
  const { host, login } = info;
  const kept = useStore(transfersStore, (transfers) => transfers.kept);
  return (
    <>
      {login ? <IconButton label={`Log out of ${host}`} tip="Log out" onClick={() => askLogout([info])}><LogOut /></IconButton> : <IconButton label={`Log in to ${host}`} tip={ecrRegion(host) ? "Log in, also by AWS credentials" : "Log in"} onClick={() => openLogin(host)}><LogIn /></IconButton>}
      {kept !== false && <IconButton label={`Test the connection to ${host}`} tip="Test the connection" onClick={() => void testRegistry(host)}><PlugZap /></IconButton>}
      <MenuButton trigger={<IconButton label={`More for ${host}`} tip="More"><Ellipsis /></IconButton>} actions={registryActions([info], kept !== false)} />
    </>
  );
}
