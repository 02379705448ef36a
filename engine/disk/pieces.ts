import { Slices } from "../sys/slices.ts";
import type { IoOptions } from "../base/abort.ts";
import type { DiskItem, DiskKind, DiskRef, DiskUser } from "./disk.ts";
import type { Place } from "./measure-task.ts";

/** Something that is kept or goes as a whole. */
export interface Piece extends Place {
  /** A snapshot's key, a blob's digest, or a name of the ledger's own. */
  readonly id: string;
  /** The piece below it: held by whoever holds this one. */
  readonly below: string | null;
  /** Null until it is measured. */
  bytes: number | null;
  /** Never changes: measured once. */
  readonly isLayer: boolean;
}

/** An item as the domains tell it, before anything is added up. */
export interface Holder extends Omit<DiskItem, "bytes" | "sharedBytes" | "users" | "userCount"> {
  readonly pieces: readonly string[];
  /** Who must go first or at the same time. */
  readonly users: readonly DiskUser[];
}

/** The kinds of holders, in the order in which a piece counts for them. */
const ORDER: readonly DiskKind[] = ["image", "cache", "log", "container", "volume", "transfer", "engine", "other"];
/** These share layers with each other; what a container stands on is no matter of sharing. */
const SHARING: readonly DiskKind[] = ["image", "cache"];
const LAYERS_GO = "A layer goes with the last image or cached step that needs it.";
/** Users that an item lists. */
const LISTED = 20;

/** A piece with those who hold it, by their place in the list. */
interface Held {
  readonly piece: Piece;
  readonly holders: number[];
  /** A holder names it: it does not only lie below others. */
  named: boolean;
}

/** Who holds what: pieces and holders joined. */
export class Holdings {
  readonly holders: readonly Holder[];
  readonly #held: ReadonlyMap<string, Held>;
  /** Of each holder, everything it holds. */
  readonly #closures: readonly (readonly Held[])[];
  readonly #byRef: ReadonlyMap<string, number>;

  private constructor(holders: readonly Holder[], held: ReadonlyMap<string, Held>, closures: readonly (readonly Held[])[]) {
    this.holders = holders;
    this.#held = held;
    this.#closures = closures;
    this.#byRef = new Map(holders.map((holder, index) => [refKey(holder), index]));
  }

  /** Joins them, in slices. Pieces that a holder names and that are not there are passed over. */
  static async join(pieces: Iterable<Piece>, holders: readonly Holder[], options: IoOptions = {}): Promise<Holdings> {
    const held = new Map<string, Held>();
    for (const piece of pieces) held.set(piece.id, { piece, holders: [], named: false });
    const slices = new Slices(options);
    const closures: Held[][] = [];
    for (const [index, { pieces: named }] of holders.entries()) {
      if (slices.due) await slices.rest();
      const closure = new Set<Held>();
      for (const name of named) {
        for (let id: string | null = name; id !== null; ) {
          const one = held.get(id);
          if (one === undefined) break;
          one.named ||= id === name;
          if (closure.has(one)) break;
          closure.add(one);
          one.holders.push(index);
          id = one.piece.below;
        }
      }
      closures.push([...closure]);
    }
    return new Holdings(holders, held, closures);
  }

  /** Pieces that are still to be measured. */
  unmeasured(): Piece[] {
    return [...this.#held.values()].flatMap(({ piece }) => (piece.bytes === null ? [piece] : []));
  }

  pieces(): Iterable<Piece> {
    return [...this.#held.values()].map(({ piece }) => piece);
  }

  /** Bytes of what is measured, by kind: each piece counts once. */
  kinds(): Partial<Record<DiskKind, number>> {
    const sums: Partial<Record<DiskKind, number>> = {};
    for (const { piece, holders } of this.#held.values()) {
      const kind = this.#kindOf(holders);
      sums[kind] = (sums[kind] ?? 0) + (piece.bytes ?? 0);
    }
    return sums;
  }

  #kindOf(holders: readonly number[]): DiskKind {
    let best = ORDER.length - 1;
    for (const index of holders) best = Math.min(best, ORDER.indexOf(this.holders[index]!.kind));
    return ORDER[best]!;
  }

  /** The items of these pieces' holders, and the layers among them that several hold; of all pieces unless given. */
  items(of?: Iterable<string>): DiskItem[] {
    const held = of === undefined ? [...this.#held.values()] : [...of].flatMap((id) => this.#held.get(id) ?? []);
    const indexes = of === undefined ? this.holders.keys() : new Set(held.flatMap(({ holders }) => holders));
    return [...[...indexes].map((index) => this.#item(index)), ...held.flatMap((one) => this.#layer(one) ?? [])];
  }

  #item(index: number): DiskItem {
    const { pieces: _, ...holder } = this.holders[index]!;
    const [bytes, sharedBytes] = this.#sizes(index);
    return { ...holder, users: holder.users.slice(0, LISTED), userCount: holder.users.length, bytes, sharedBytes };
  }

  /** An item's bytes, and those of them that stay when it goes alone. */
  #sizes(index: number): [number | null, number | null] {
    const { kind, pieces } = this.holders[index]!;
    const own = this.#closures[index]!.filter((held) => kind === "image" || pieces.includes(held.piece.id) && kind === "cache" || (this.#kindOf(held.holders) === kind && (kind !== "cache" || !held.named)));
    // A log is its container's, and goes alone all the same.
    const isShared = ({ holders }: Held): boolean => kind !== "log" && holders.some((other) => other !== index && (SHARING.includes(this.holders[other]!.kind) || !SHARING.includes(kind)));
    if (own.some(({ piece }) => piece.bytes === null)) return [null, null];
    return [bytesOf(own), bytesOf(own.filter(isShared))];
  }

  /** A layer that several images or cache records hold, as an item that goes with the last of them. */
  #layer({ piece, holders }: Held): DiskItem | undefined {
    if (!piece.isLayer) return undefined;
    const sharing = holders.map((index) => this.holders[index]!).filter(({ kind }) => SHARING.includes(kind));
    if (sharing.length < 2) return undefined;
    return {
      kind: "layer", id: piece.id, name: piece.id.replace(/^(sha256|build):/, "").slice(0, 12), detail: "", bytes: piece.bytes, sharedBytes: piece.bytes, createdAt: null, lastUsedAt: null,
      users: sharing.slice(0, LISTED).map(({ kind, id, name }) => ({ kind, id, name, running: false })), userCount: sharing.length,
      fixed: LAYERS_GO,
    };
  }

  /** What goes when these holders do. */
  plan(selection: readonly DiskRef[]): { readonly going: readonly Holder[]; readonly refused: readonly (DiskRef & { readonly name: string; readonly message: string })[]; readonly pieces: readonly Piece[] } {
    const refused = new Map<string, DiskRef & { name: string; message: string }>();
    const going = new Map<string, number>();
    for (const { kind, id } of selection) {
      const index = this.#byRef.get(refKey({ kind, id }));
      if (index === undefined) refused.set(refKey({ kind, id }), { kind, id, name: id, message: kind === "layer" ? LAYERS_GO : "It is gone already." });
      else going.set(refKey({ kind, id }), index);
    }
    // What is refused may be what something else waits for.
    for (let before = -1; before !== going.size; ) {
      before = going.size;
      for (const [key, index] of going) {
        const { kind, id, name, fixed, users } = this.holders[index]!;
        const message = fixed ?? whyNot(users.filter((user) => !going.has(refKey(user))));
        if (message === null) continue;
        going.delete(key);
        refused.set(key, { kind, id, name, message });
      }
    }
    const gone = new Set(going.values());
    const pieces = new Set<Piece>();
    for (const index of gone) {
      // A log is emptied while its container stays, and goes with it.
      const isLog = (holder: number): boolean => this.holders[holder]!.kind === "log";
      for (const { piece, holders } of this.#closures[index]!) if (isLog(index) || holders.every((holder) => gone.has(holder) || isLog(holder))) pieces.add(piece);
    }
    return { going: [...gone].map((index) => this.holders[index]!), refused: [...refused.values()], pieces: [...pieces] };
  }

  /** The item of a holder. */
  itemOf(ref: DiskRef): DiskItem {
    return this.#item(this.#byRef.get(refKey(ref))!);
  }
}

export function refKey({ kind, id }: DiskRef): string {
  return `${kind} ${id}`;
}

/** Why something that these use stays; null where nobody does. */
function whyNot(users: readonly DiskUser[]): string | null {
  const [first] = users;
  if (first === undefined) return null;
  const who = users.length === 1 ? `${nounOf(first.kind)} ${first.name} uses it` : `${nounOf(first.kind)} ${first.name} and ${users.length - 1} more use it`;
  return users.some(({ running }) => running) ? `The ${who} and runs: stop it first.` : `The ${who}: select that too, or keep this.`;
}

function nounOf(kind: DiskKind): string {
  return kind === "cache" ? "cached step" : kind;
}

function bytesOf(held: readonly Held[]): number {
  return held.reduce((sum, { piece }) => sum + (piece.bytes ?? 0), 0);
}
