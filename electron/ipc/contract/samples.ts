/** A project to begin with, which needs no registry and no network: its file system is made of this machine's own programs. */
import { oc, type } from "@orpc/contract";

export interface SampleProject {
  /** Folder of the project on the host's machine. */
  path: string;
  /** What its image is called. */
  tag: string;
  /** Name of its container. */
  name: string;
  /** Where the page is served inside. */
  containerPort: number;
}

export const samples = {
  /** Writes the project, anew where it is there already. `unavailable` where busybox is missing, with the command that brings it. */
  prepare: oc.output(type<SampleProject>()),
};
