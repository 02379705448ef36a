import type { ContainerRow } from "../../stores/container-row.ts";

/** The compose project that a container belongs to. */
export function projectOf(row: ContainerRow): string | undefined {
  return row.labels["com.docker.compose.project"] || undefined;
}
