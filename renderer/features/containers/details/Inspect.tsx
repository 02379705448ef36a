import type { ContainerInspectInfo } from "dockerode";
import { JsonView } from "../../../ui/display/JsonView.tsx";

/** The engine's own answer, as `docker inspect` prints it. */
export function Inspect({ info }: { readonly info: ContainerInspectInfo }) {
  return <JsonView value={info} />;
}
