import { ArrowDownToLine, Copy, LogIn, LogOut, PanelRight, Play, PlugZap, Trash2 } from "lucide-react";
import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { plural } from "../../lib/time.ts";
import { testRegistry } from "../../stores/registries.ts";
import { href, navigate, openDialog, openLogin } from "../../stores/route.ts";
import { pull } from "../../stores/transfers.ts";
import { copyText } from "../../ui/display/Copy.tsx";
import type { MenuAction } from "../../ui/overlay/MenuButton.tsx";
import { askForget, askLogout } from "./deeds.tsx";
import type { TagRow } from "./tags.ts";

/** What can be done with registries, one or several. @param tests whether the engine makes tests */
export function registryActions(list: readonly RegistryInfo[], tests: boolean, after?: () => void): MenuAction[] {
  const [first] = list;
  if (!first) return [];
  const one = list.length === 1;
  return [
    ...(one ? [{ label: "Open", icon: <PanelRight />, run: () => navigate(href.registry(first.host)) }] : []),
    ...(tests ? [{ label: "Test the connection", icon: <PlugZap />, run: () => { for (const { host } of list) void testRegistry(host); } }] : []),
    ...(one ? [{ label: first.login ? "Log in as another" : "Log in", icon: <LogIn />, apart: true, run: () => openLogin(first.host) }] : []),
    ...(list.some(({ login }) => login !== undefined) ? [{ label: "Log out", icon: <LogOut />, run: () => askLogout(list, after) }] : []),
    { label: one ? "Copy address" : "Copy addresses", icon: <Copy />, apart: true, run: () => void copyText(list.map(({ host }) => host).join("\n")) },
    ...(list.some(({ added }) => added) ? [{ label: "Forget", icon: <Trash2 />, danger: true, apart: true, run: () => askForget(list, after) }] : []),
  ];
}

/** What can be done with tags, one or several; what is no image can only be named. */
export function tagActions(list: readonly TagRow[], after?: () => void): MenuAction[] {
  const images = list.filter(({ tag }) => tag.artifactType === "" && tag.error === "");
  const [only] = images;
  return [
    { label: list.length === 1 ? "Pull" : `Pull ${plural(images.length, "image")}`, icon: <ArrowDownToLine />, disabled: images.length === 0, run: () => { for (const { reference } of images) pull(reference); after?.(); } },
    ...(images.length === 1 && only ? [{ label: "Run", icon: <Play />, run: () => openDialog("run", only.reference) }] : []),
    { label: list.length === 1 ? "Copy name" : "Copy names", icon: <Copy />, apart: true, run: () => void copyText(list.map(({ reference }) => reference).join("\n")) },
    ...(list.length === 1 && list[0] && list[0].tag.digest !== "" ? [{ label: "Copy digest", icon: <Copy />, run: () => void copyText(list[0]?.tag.digest ?? "") }] : []),
  ];
}
