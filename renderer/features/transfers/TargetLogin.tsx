import { useEffect } from "react";
import { useStore } from "zustand";
import { registryWords } from "../../lib/registry.ts";
import { sentence } from "../../lib/sentence.ts";
import { readRegistries, registriesStore, testRegistry } from "../../stores/registries.ts";
import { openLogin } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import css from "./Transfers.module.css";

/** Typing must rest this long before the registry is asked, in milliseconds. */
const restMs = 700;

/** Whether a push to this registry can work: who is logged in, and what a test says where nobody is. */
export function TargetLogin({ host }: { readonly host: string }) {
  const phase = useStore(registriesStore, (state) => state.phase);
  const info = useStore(registriesStore, ({ list }) => list.find((each) => each.host === host));
  const test = useStore(registriesStore, ({ tests }) => tests.get(host));
  const kept = useStore(transfersStore, (state) => state.kept);
  const name = registryWords(host);
  const login = info?.login;
  useEffect(() => void readRegistries(), []);
  useEffect(() => {
    if (phase !== "ready" || login || test !== undefined || kept === false) return;
    const timer = setTimeout(() => void testRegistry(host), restMs);
    return () => clearTimeout(timer);
  }, [host, phase, login, test, kept]);

  if (phase === "loading") return null;
  if (login && !login.problem) return <p className={css["login"]}><span className="quiet">Logged in to {name}{login.username === undefined ? "" : ` as ${login.username}`}.</span></p>;
  const enter = <Button size="small" onClick={() => openLogin(host)}>Log in</Button>;
  if (login?.problem) return <Problem title={`The login for ${name} cannot be read.`} cause={login.problem} actions={enter} />;
  if (test === undefined || test === "running") return <p className={css["login"]} role="status"><span className="quiet">{test === "running" ? `Asking ${name} whether it wants a login` : `Not logged in to ${name}.`}</span>{enter}</p>;
  if (!("error" in test) && test.ok && host !== "docker.io") return <p className={css["login"]} role="status"><span className="quiet">{name} answers without a login. A push may still need one.</span>{enter}</p>;
  if ("error" in test || test.ok || test.step === "login") return <p className={css["login"]} role="status"><span>{`A push to ${name} needs a login.`}</span>{enter}</p>;
  return <Problem title={`${name} cannot be reached.`} cause={sentence(test.message)} actions={<Button size="small" onClick={() => void testRegistry(host)}>Try again</Button>} />;
}
