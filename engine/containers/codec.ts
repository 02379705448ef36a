import { EngineError, messageOf } from "../base/errors.ts";
import type { ContainerRow } from "../store/containers.ts";
import type { ContainerRecord } from "./containers.ts";
import { INITIAL_STATE, type ContainerState } from "./state.ts";

/** The database's form of a record. */
export function encodeRecord(record: ContainerRecord): string {
  return JSON.stringify(record);
}

export function encodeState(state: ContainerState): string {
  return JSON.stringify(state);
}

/** Reads a row back. @throws EngineError `dataLoss` for a row that is not ours */
export function decodeRow(row: ContainerRow): { readonly record: ContainerRecord; readonly state: ContainerState } {
  try {
    const record = JSON.parse(row.record) as ContainerRecord;
    const state = JSON.parse(row.state) as ContainerState;
    return {
      record: { ...record, name: row.name, createdAt: new Date(row.createdMs) },
      state: {
        ...INITIAL_STATE,
        ...state,
        startedAt: dateOf(state.startedAt),
        finishedAt: dateOf(state.finishedAt),
        health: state.health === null ? null : { ...state.health, log: state.health.log.map((entry) => ({ ...entry, start: new Date(entry.start), end: new Date(entry.end) })) },
      },
    };
  } catch (error) {
    throw new EngineError("dataLoss", `the record of container ${row.id} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function dateOf(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value);
}
