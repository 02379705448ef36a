import { LogIn, LogOut, PlugZap, Trash2 } from "lucide-react";
import { useStore } from "zustand";
import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { duration } from "../../lib/time.ts";
import { registriesStore, testRegistry } from "../../stores/registries.ts";
import { href, navigate, openLogin } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../ui/display/Facts.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { DetailBody } from "../../ui/layout/DetailPage.tsx";
import { askForget, askLogout } from "./deeds.tsx";
import { Expiry } from "./Expiry.tsx";
import { TestSteps } from "./TestSteps.tsx";
import { limitWords, loginWords, placeWords } from "./words.ts";
import css from "./Registries.module.css";

const kinds: Record<RegistryInfo["kind"], string> = { hub: "Docker Hub", ecr: "Amazon ECR", "ecr-public": "Amazon ECR Public", other: "" };

/** How one gets to a registry: its login and where that lies, its limits, and a test. */
export function Connection({ info }: { readonly info: RegistryInfo }) {
  const test = useStore(registriesStore, ({ tests }) => tests.get(info.host));
  const kept = useStore(transfersStore, (state) => state.kept);
  const { host, login, limit } = info;
  return (
    <DetailBody>
      <Cards>
        <Card
          title="Login"
          actions={
            <>
              {login && <Button size="small" icon={<LogOut />} onClick={() => askLogout([info])}>Log out</Button>}
              <Button size="small" icon={<LogIn />} onClick={() => openLogin(host)}>{login ? "Log in as another" : "Log in"}</Button>
            </>
          }
        >
          {login ? (
            <Facts
              rows={[
                ["User", loginWords(login)],
                ["Kept in", placeWords(login.place, login.by)],
                ["Expires", login.expires !== undefined && <Expiry key="expires" at={login.expires} />],
              ].filter(([, value]) => value !== false) as [string, string][]}
            />
          ) : <p className={css["none"]}>Nobody is logged in. Public images can be pulled; pushes and private images need a login.</p>}
          {login?.problem && <div className={css["inCard"]}><Problem title="The stored login cannot be read." cause={login.problem} actions={<Button size="small" onClick={() => openLogin(host)}>Log in again</Button>} /></div>}
        </Card>
        <Card title="Registry" actions={info.added && <Button size="small" icon={<Trash2 />} onClick={() => askForget([info], () => navigate(href.registries()))}>Forget</Button>}>
          <Facts
            rows={[
              ["Address", <Copyable key="host" text={host} what="address" />],
              ["Kind", kinds[info.kind]],
              ["Pulls left", limit && `${limitWords(limit)}${limit.windowSeconds === undefined ? "" : ` in ${duration(limit.windowSeconds * 1000)}`}`],
              ["Said", limit && <Time key="at" at={limit.at} />],
            ]}
          />
        </Card>
        {kept !== false && <Card title="Connection" actions={<Button size="small" icon={<PlugZap />} disabled={test === "running"} onClick={() => void testRegistry(host)}>Test</Button>}>
          <div className={css["inCard"]}>
            {test === undefined ? <p className="quiet">A test shows how far one gets, from the name of the registry to the login, and what to do where it stops.</p> : <TestSteps host={host} state={test} />}
          </div>
        </Card>}
      </Cards>
    </DetailBody>
  );
}
