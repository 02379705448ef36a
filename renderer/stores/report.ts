import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { notice } from "./notices.ts";
import { href, navigate, openLogin } from "./route.ts";

export interface HelpfulAction {
  readonly label: string;
  readonly run: () => void;
}

/** Buttons that help with an error, from its hints. `start` begins or retries the engine; it is passed in to keep this file below the stores. */
export function helpFor(error: IpcErrorInfo, start?: () => void): HelpfulAction[] {
  return error.hints.flatMap((hint): HelpfulAction[] => {
    switch (hint.type) {
      case "imageMissing":
        return [{ label: `Pull ${hint.image}`, run: () => navigate(href.images({ pull: hint.image })) }];
      case "nameInUse":
      case "inUse":
        return hint.containerId ? [showContainer(hint.containerId)] : [];
      case "portInUse":
        return hint.owner?.containerId ? [showContainer(hint.owner.containerId)] : [];
      case "loginRequired":
        return [{ label: `Log in to ${hint.registry === "docker.io" ? "Docker Hub" : hint.registry}`, run: () => openLogin(hint.registry) }];
      case "engineDown":
        return start ? [{ label: hint.managed ? "Start engine" : "Try again", run: start }] : [{ label: "Show engine", run: () => navigate(href.engine()) }];
      default:
        return [];
    }
  });
}

function showContainer(id: string): HelpfulAction {
  return { label: "Show container", run: () => navigate(href.container(id)) };
}

/**
 * Says what went wrong with something the user asked for. A cancelled action was asked for too and shows nothing.
 * @param title what was tried: "web-1 did not start."
 */
export function report(title: string, error: unknown): void {
  const info = toIpcErrorInfo(error);
  if (info.code === "cancelled") return;
  const actions = helpFor(info);
  notice({ kind: "error", title, description: info.message, ...(actions.length > 0 && { actions }), ...(info.cause !== undefined && info.cause !== info.message && { raw: info.cause }) });
}
