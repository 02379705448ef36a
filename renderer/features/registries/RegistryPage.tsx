import { Library, Link, LogIn, LogOut, PlugZap } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { registryWords } from "../../lib/registry.ts";
import { readRegistries, registriesStore, testRegistry } from "../../stores/registries.ts";
import { href, navigate, openLogin, registryTabs, type RegistryTab } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { copyText } from "../../ui/display/Copy.tsx";
import { DetailPage } from "../../ui/layout/DetailPage.tsx";
import { askLogout } from "./deeds.tsx";
import { Connection } from "./Connection.tsx";
import { Repositories } from "./Repositories.tsx";
import { limitWords, loginWords } from "./words.ts";

const tabNames: Record<RegistryTab, string> = { repositories: "Repositories", connection: "Connection" };

/** One registry: what it holds, and how one gets to it. */
export function RegistryPage({ host, tab, repository }: { readonly host: string; readonly tab: RegistryTab; readonly repository: string | undefined }) {
  const known = useStore(registriesStore, ({ list }) => list.find((each) => each.host === host));
  const kept = useStore(transfersStore, (state) => state.kept);
  useEffect(() => void readRegistries(), []);
  // Any address can be looked at, also one that is on no list.
  const info: RegistryInfo = known ?? { host, kind: host === "docker.io" ? "hub" : "other", name: registryWords(host), added: false };
  return (
    <DetailPage
      kind="Registry"
      label={`Registry ${host}`}
      name={info.name}
      icon={<Library />}
      back="All registries"
      onBack={() => navigate(href.registries())}
      facts={
        <>
          {info.name !== host && <span className="mono">{host}</span>}
          <span>{info.login?.problem ? "Its login cannot be read" : info.login ? `Logged in: ${loginWords(info.login)}` : "Not logged in"}</span>
          {info.limit && <span className="num">{limitWords(info.limit)} pulls left</span>}
        </>
      }
      actions={
        <>
          <IconButton label="Copy link" onClick={() => void copyText(location.href)}><Link /></IconButton>
          {kept !== false && <Button icon={<PlugZap />} onClick={() => { navigate(href.registry(host, "connection")); void testRegistry(host); }}>Test</Button>}
          {info.login ? <Button icon={<LogOut />} onClick={() => askLogout([info])}>Log out</Button> : <Button variant="primary" icon={<LogIn />} onClick={() => openLogin(host)}>Log in</Button>}
        </>
      }
      tab={tab}
      tabs={registryTabs.map((value) => ({ value, label: tabNames[value] }))}
      onTab={(next) => navigate(href.registry(host, next))}
    >
      {tab === "repositories" ? <Repositories key={`${host} ${info.login?.username ?? ""}`} host={host} repository={repository} /> : <Connection info={info} />}
    </DetailPage>
  );
}
