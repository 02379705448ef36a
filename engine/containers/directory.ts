import { EngineError } from "../base/errors.ts";
import type { Container } from "./container.ts";

/** All containers by id and by name. */
export class ContainerDirectory {
  readonly #byId = new Map<string, Container>();
  /** Names of containers and of creations under way. */
  readonly #byName = new Map<string, string>();
  #newestFirst: readonly Container[] | null = null;

  add(container: Container): void {
    this.#byId.set(container.id, container);
    this.#byName.set(container.record.name, container.id);
    this.#newestFirst = null;
  }

  delete(container: Container): void {
    this.#byId.delete(container.id);
    if (this.#byName.get(container.record.name) === container.id) this.#byName.delete(container.record.name);
    this.#newestFirst = null;
  }

  /** Takes a name for a container. @throws EngineError `conflict` in Docker's words when it is taken */
  reserveName(name: string, id: string): void {
    const owner = this.#byName.get(name);
    if (owner !== undefined) {
      throw new EngineError("conflict", `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`, { details: { name, owner } });
    }
    this.#byName.set(name, id);
  }

  releaseName(name: string, id: string): void {
    if (this.#byName.get(name) === id) this.#byName.delete(name);
  }

  hasName(name: string): boolean {
    return this.#byName.has(name);
  }

  all(): readonly Container[] {
    this.#newestFirst ??= [...this.#byId.values()].sort((a, b) => b.record.createdAt.getTime() - a.record.createdAt.getTime());
    return this.#newestFirst;
  }

  byId(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  /** By id, name, or unique prefix of an id. @throws EngineError `notFound`, `invalidArgument` for an ambiguous prefix */
  find(nameOrId: string): Container {
    const exact = this.#byId.get(nameOrId) ?? this.#byId.get(this.#byName.get(nameOrId.replace(/^\//, "")) ?? "");
    if (exact !== undefined) return exact;
    if (/^[0-9a-f]{1,64}$/.test(nameOrId)) {
      const matches = [...this.#byId.values()].filter((container) => container.id.startsWith(nameOrId));
      if (matches.length === 1) return matches[0]!;
      if (matches.length > 1) throw new EngineError("invalidArgument", `multiple IDs found with provided prefix: ${nameOrId}`);
    }
    throw new EngineError("notFound", `No such container: ${nameOrId}`);
  }
}
