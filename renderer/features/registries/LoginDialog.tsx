import { LogIn } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { ecrRegion, registryWords } from "../../lib/registry.ts";
import { sentence } from "../../lib/sentence.ts";
import { quoteWord } from "../../lib/shell.ts";
import { registriesStore } from "../../stores/registries.ts";
import { helpFor } from "../../stores/report.ts";
import { closeLogin, routeStore } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input, Select } from "../../ui/field/Field.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { beginLogin, leaveLogin, loginStore, submitLogin, type LoginState } from "./login-store.ts";
import css from "./Registries.module.css";

/** Logs in to a registry, saying beforehand where the secret will lie. */
export function LoginDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "login";
  const host = open ? dialog.image || "docker.io" : "";
  const state = useStore(loginStore);
  const username = useStore(registriesStore, ({ list }) => list.find((each) => each.host === host)?.login?.username);
  const { busy, way, storage, tried, error } = state;
  useEffect(() => {
    if (host !== "") beginLogin(host, username);
    // A login that is made meanwhile elsewhere changes nothing here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [host]);

  const type = (part: Partial<LoginState>) => loginStore.setState({ ...part, error: undefined });
  const refused = error?.code === "unauthorized" || error?.code === "forbidden" ? error : undefined;
  const close = () => {
    leaveLogin();
    closeLogin();
  };
  async function submit() {
    if (await submitLogin()) closeLogin();
  }

  return (
    <FormDialog
      open={open}
      onClose={close}
      title={`Log in to ${registryWords(state.host)}`}
      pinned={<CommandLine command={loginLine(state)} />}
      submit={{ label: busy ? "Logging in" : "Log in", icon: <LogIn />, disabled: busy }}
      onSubmit={() => void submit()}
    >
      {ecrRegion(state.host) !== undefined && (
        <Segments label="How to log in" value={way} options={[{ value: "aws", label: "AWS credentials" }, { value: "password", label: "User name and password" }]} onChange={(next) => type({ way: next })} />
      )}
      {way === "aws" ? (
        <Field label="Profile" error={refused && sentence(refused.message)} hint="Passwords of Amazon ECR run out after 12 hours; with AWS credentials a new one is asked for in time.">
          {(props) => <Select {...props} autoFocus options={[{ value: "", label: "As AWS tools choose: environment, default profile, instance role" }, ...state.profiles.map((value) => ({ value, label: value }))]} value={state.profile} onChange={(event) => type({ profile: event.target.value })} />}
        </Field>
      ) : (
        <>
          <Field label="User name" error={tried && state.username.trim() === "" ? "Enter the user name." : undefined}>
            {(props) => <Input {...props} autoFocus autoComplete="username" value={state.username} onChange={(event) => type({ username: event.target.value })} />}
          </Field>
          <Field label="Password or token" error={refused ? sentence(refused.message) : (tried && state.password === "" ? "Enter the password, or an access token." : undefined)} hint={tokenHint(state.host)}>
            {(props) => <Input {...props} type="password" autoComplete="current-password" value={state.password} onChange={(event) => type({ password: event.target.value })} />}
          </Field>
        </>
      )}
      {storage && way === "password" && <p className={storage.place === "plain" ? css["plain"] : css["storage"]}>{storage.sentence}</p>}
      {error && !refused && <Problem title={error.message} raw={error.cause} actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)} />}
    </FormDialog>
  );
}

/** The line that does the same from a terminal; the secret comes from elsewhere. */
export function loginLine({ host, way, username, profile }: Pick<LoginState, "host" | "way" | "username" | "profile">): string {
  const to = host === "docker.io" ? "" : ` ${host}`;
  if (way === "password") return `docker login -u ${username.trim() === "" ? "USER" : quoteWord(username.trim())}${to}`;
  const service = host === "public.ecr.aws" ? "ecr-public" : "ecr";
  return `aws ${service} get-login-password --region ${ecrRegion(host) ?? "REGION"}${profile === "" ? "" : ` --profile ${quoteWord(profile)}`} | docker login --username AWS --password-stdin ${host}`;
}

function tokenHint(host: string): string | undefined {
  if (host === "docker.io") return "An access token of Docker Hub works too, and can be taken back.";
  if (host === "ghcr.io") return "GitHub wants a personal access token with read:packages, for pushes write:packages.";
  if (host.startsWith("registry.gitlab.")) return "GitLab takes a personal or deploy token with read_registry, for pushes write_registry.";
  return undefined;
}
