/** Files of the fake host: the same tree in every container and volume, kept in memory. */
import type { FileEntry, FileListing, FilesOwner, FilePart, FoundFile, SearchBatch, UploadEvent } from "../../electron/ipc/contract/files.ts";
import type { Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

interface Node extends FileEntry {
  content: Uint8Array<ArrayBuffer>;
  children: Map<string, Node> | null;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const day = 86_400_000;
const nginx = `user  nginx;\nworker_processes  auto;\n\nerror_log  /var/log/nginx/error.log notice;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/mime.types;\n    # Real addresses come from the proxy.\n    set_real_ip_from  10.0.0.0/8;\n    keepalive_timeout  65;\n    include /etc/nginx/conf.d/*.conf;\n}\n`;
/** A ring, as PNG. */
const picture = "iVBORw0KGgoAAAANSUhEUgAAAGAAAABgCAYAAADimHc4AAABgklEQVR42u3dO3YCMRBEUeXs0yvxvk3iwLmRpqp13zmk0F2P+SBpxFoAAAAAAPzl9fX989+XFA8HTkhg6GSEBX+1iKTgrxKRHPx4EU3hj5PQGP4ICc3B14uYFH6dhInh10iYHH68hMSGr5HQ0OBYCW1NjZPQ2sgIAe1NVNc/6UJW18vEW7mqnlIK3fF+8QKeKDL9s45KOFncUxfJWAGnCkv49RopYXdRSWM5cQImhF8tYUr4J2qrEpA+tBwhYGL4VRIIKBPQNnv2VAYENAjY0VDjXO9jp6Hp3/74o+CGb/+u2gkggAACCCCAAALyw99RvyPAEUAAAQQQQAABBBgNvWU01HxAwKSMGTFTkncLsCqCAIuzrIyzNtTaUKujSZgT/smiPCETUphnxD4cSuINQEJ/tUVe+ZzwJ04NKxDbFQi/5yKp/gFN2LDJjlmZTdkzLqRBuyYGNWzfUBJsXyz8iyWsZgRPgr8xaZOwJiN4IvyhW4qIhfMypHzjkDEAAAAA/PIGv9gomNXEyR4AAAAASUVORK5CYII=";

/** @param supported false for an engine that is not Slipway's */
export function createFakeFiles(scenario: Scenario, now: number, supported: boolean, turn: () => Promise<void>) {
  const trees = new Map<string, Node>();

  function node(name: string, more: Partial<Node> = {}): Node {
    const content = more.content ?? encode("");
    return {
      name, type: "file", size: content.length, mode: 0o644, uid: 0, gid: 0, user: "root", group: "root", modified: now - 40 * day, version: `${now}-${content.length}`, target: "", layer: 0, change: "", mount: null, content, children: null, ...more,
    };
  }
  function folder(name: string, children: readonly Node[], more: Partial<Node> = {}): Node {
    return node(name, { type: "directory", mode: 0o755, size: 4096, ...more, children: new Map(children.map((child) => [child.name, child])) });
  }
  function makeTree(owner: FilesOwner): Node {
    if (scenario === "empty") return folder("/", []);
    if (owner.kind === "volume") return folder("/", [folder("base", [node("PG_VERSION", { content: encode("17\n"), layer: null })], { layer: null }), node("postgresql.conf", { content: encode("max_connections = 100\nshared_buffers = 128MB\n"), layer: null, user: "postgres", group: "postgres", uid: 999, gid: 999, mode: 0o600 })], { layer: null });
    const long = `${"a-name-that-somebody-generated-".repeat(7)}end.json`;
    const many = Array.from({ length: 1000 }, (_, index) => node(`cache-${String(index).padStart(4, "0")}.bin`, { size: index * 977, layer: "container", change: "added" }));
    return folder("/", [
      folder("bin", [node("busybox", { mode: 0o4755, content: Uint8Array.from({ length: 600 }, (_, index) => (index * 7) % 256), size: 1_131_168 })]),
      folder("data", [], { layer: null, mount: { path: "/data", type: "volume", name: "storefront-data", readWrite: true }, user: "postgres", group: "postgres", uid: 999, gid: 999 }),
      folder("etc", [
        folder("nginx", [node("nginx.conf", { content: encode(nginx), layer: "container", change: "modified", modified: now - 3_600_000 }), node("mime.types", { content: encode("types {\n}\n"), layer: 2 })], { layer: 2, change: "inside" }),
        node("hosts", { mount: { path: "/etc/hosts", type: "system", name: "", readWrite: true }, layer: null, content: encode("127.0.0.1\tlocalhost\n") }),
        node("passwd", { content: encode("root:x:0:0:root:/root:/bin/sh\n") }),
        node("motd", { change: "deleted" }),
      ], { change: "inside" }),
      folder("proc", [], { layer: null, mount: { path: "/proc", type: "system", name: "", readWrite: true } }),
      folder("run", [node("nginx.pid", { content: encode("1\n"), layer: "container", change: "added" }), node("control.sock", { type: "socket", mode: 0o666, layer: "container", change: "added" }), node("events", { type: "fifo", layer: "container", change: "added" })], { change: "inside" }),
      folder("srv", [
        node("logo.png", { content: Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0)), layer: 3 }),
        node("package.json", { content: encode('{\n  "name": "storefront",\n  "private": true\n}\n'), layer: 3 }),
        node("large.log", { content: encode("line\n".repeat(60_000)), size: 48_211_004, layer: "container", change: "added" }),
        ...(scenario === "long" ? [node(long, { content: encode("{}\n"), user: "a-user-with-a-very-long-name", group: "another-group-with-a-long-name", layer: 3 })] : []),
        ...(scenario === "many" ? many : []),
      ], { layer: 3, change: "inside" }),
      folder("tmp", [], { mode: 0o1777, layer: "container", change: "modified" }),
      node("entrypoint.sh", { mode: 0o755, content: encode('#!/bin/sh\nset -eu\nexec "$@"\n'), layer: 4 }),
      node("var-run", { type: "symlink", mode: 0o777, target: "/run", layer: 1 }),
    ]);
  }
  function rootOf(owner: FilesOwner): Node {
    const key = `${owner.kind}:${owner.id}`;
    const tree = trees.get(key) ?? makeTree(owner);
    trees.set(key, tree);
    return tree;
  }
  function parts(path: string): string[] {
    return path.split("/").filter(Boolean);
  }
  function find(owner: FilesOwner, path: string, follow = true): { node: Node; path: string } {
    let here = rootOf(owner);
    let at = "";
    for (const [index, part] of parts(path).entries()) {
      const next = here.children?.get(part);
      if (!next || (next.change === "deleted" && follow)) throw fakeError("notFound", `there is no ${path}`);
      if (next.type === "symlink" && (follow || index < parts(path).length - 1)) return find(owner, `${next.target}/${parts(path).slice(index + 1).join("/")}`, follow);
      here = next;
      at += `/${part}`;
    }
    return { node: here, path: at || "/" };
  }
  function parent(owner: FilesOwner, path: string): { folder: Node; name: string } {
    const names = parts(path);
    const name = names.pop() ?? "";
    return { folder: find(owner, `/${names.join("/")}`).node, name };
  }
  function entry({ content, children, ...rest }: Node): FileEntry {
    return rest;
  }
  function found(owner: FilesOwner, path: string): FoundFile {
    return { ...entry(find(owner, path, false).node), path };
  }
  function put(owner: FilesOwner, path: string, content: Uint8Array<ArrayBuffer>, version: string | undefined): FoundFile {
    const { folder: into, name } = parent(owner, path);
    const old = into.children?.get(name);
    if (version === "none" && old && old.change !== "deleted") throw fakeError("alreadyExists", `${path} exists already: choose another name, or replace it`);
    const made = node(name, { ...(old && { mode: old.mode, user: old.user, group: old.group, uid: old.uid, gid: old.gid }), content, size: content.length, modified: Date.now(), version: `${Date.now()}-${content.length}`, layer: owner.kind === "volume" ? null : "container", change: owner.kind === "volume" ? "" : old ? "modified" : "added" });
    into.children?.set(name, made);
    return found(owner, path);
  }
  async function begin(): Promise<void> {
    await turn();
    if (!supported) throw fakeError("notImplemented", "Files are shown by Slipway’s own engine only.");
  }
  const uploading = new Map<string, { parts: Uint8Array<ArrayBuffer>[]; finish: () => void }>();
  type At = { owner: FilesOwner; path: string };

  const files = {
    list: async ({ owner, path, offset = 0, limit = 1000, changed = false }: At & { offset?: number; limit?: number; changed?: boolean }): Promise<FileListing> => {
      await begin();
      const { node: here, path: real } = find(owner, path);
      if (!here.children) throw fakeError("invalidArgument", `${path} is not a directory`);
      const all = [...here.children.values()].filter((each) => (changed ? each.change !== "" : each.change !== "deleted")).sort((a, b) => Number(b.children !== null) - Number(a.children !== null) || (a.name < b.name ? -1 : 1));
      return { path: real, total: all.length, truncated: false, entries: all.slice(offset, offset + limit).map(entry) };
    },
    layers: async ({ owner }: { owner: FilesOwner }) => {
      await begin();
      const made = ["/bin/sh -c #(nop) ADD file:5d2b1a in / ", "/bin/sh -c apk add --no-cache ca-certificates", "/bin/sh -c apk add --no-cache nginx=1.27.4-r0", "COPY dist /srv # buildkit", "COPY entrypoint.sh / # buildkit"];
      return owner.kind === "volume" ? [] : made.map((instruction, number) => ({ number, instruction }));
    },
    stat: async ({ owner, path, follow = false }: At & { follow?: boolean }): Promise<FoundFile> => {
      await begin();
      const { node: here, path: real } = find(owner, path, follow);
      return { ...entry(here), path: real };
    },
    read: async ({ owner, path, offset = 0, length }: At & { offset?: number; length: number }): Promise<FilePart> => {
      await begin();
      const { node: here, path: real } = find(owner, path);
      if (here.type !== "file") throw fakeError("invalidArgument", `${path} is not a regular file: it has no content to read`);
      const part = here.content.subarray(offset, offset + length);
      return { file: { ...entry(here), path: real }, base64: btoa(String.fromCharCode(...part.subarray(0, 100_000))), end: here.size === here.content.length && offset + length >= here.size };
    },
    writeText: async ({ owner, path, text, version }: At & { text: string; version?: string }) => {
      await begin();
      return put(owner, path, encode(text), version === "none" ? version : undefined);
    },
    makeFolder: async ({ owner, path }: At) => {
      await begin();
      const { folder: into, name } = parent(owner, path);
      if (into.children?.has(name)) throw fakeError("alreadyExists", `${path} exists already: choose another name`);
      into.children?.set(name, folder(name, [], { modified: Date.now(), layer: "container", change: "added" }));
      return found(owner, path);
    },
    rename: async ({ owner, from, to }: { owner: FilesOwner; from: string; to: string }) => {
      await begin();
      const source = parent(owner, from);
      const target = parent(owner, to);
      const moved = source.folder.children?.get(source.name);
      if (!moved) throw fakeError("notFound", `there is no ${from}`);
      source.folder.children?.delete(source.name);
      target.folder.children?.set(target.name, { ...moved, name: target.name, layer: "container", change: "added" });
      return found(owner, to);
    },
    remove: async ({ owner, path }: At) => {
      await begin();
      const { folder: from, name } = parent(owner, path);
      const old = from.children?.get(name);
      if (!old) throw fakeError("notFound", `there is no ${path}`);
      if (owner.kind === "volume" || old.change === "added") from.children?.delete(name);
      else from.children?.set(name, { ...old, change: "deleted" });
    },
    setAttributes: async ({ owner, path, mode, user, group }: At & { mode?: number; user?: string; group?: string }) => {
      await begin();
      Object.assign(find(owner, path, false).node, { ...(mode !== undefined && { mode }), ...(user !== undefined && { user }), ...(group !== undefined && { group }), change: "modified", layer: "container" });
      return found(owner, path);
    },
    revert: async ({ owner, path }: At) => {
      await begin();
      const { folder: from, name } = parent(owner, path);
      const old = from.children?.get(name);
      if (old?.change === "added") from.children?.delete(name);
      else if (old) from.children?.set(name, { ...old, change: "", layer: 2 });
      return { how: "copied" as const };
    },
    search: async ({ owner, path, name }: At & { name: string }) => {
      await begin();
      return searchIn(find(owner, path).node, path === "/" ? "" : path, name.toLowerCase());
    },
    offerDownload: async ({ owner, path }: At) => {
      await begin();
      return { url: URL.createObjectURL(new Blob([find(owner, path).node.content])) };
    },
    upload: async (request: At & { streamId: string; version?: string }, options: { signal?: AbortSignal } = {}) => {
      await begin();
      return receive(request, options.signal);
    },
    uploadData: async ({ streamId, base64 }: { streamId: string; base64: string }) => {
      await turn();
      uploading.get(streamId)?.parts.push(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    },
    endUpload: async ({ streamId }: { streamId: string }) => uploading.get(streamId)?.finish(),
  };

  async function* searchIn(from: Node, path: string, name: string): AsyncGenerator<SearchBatch> {
    let visited = 0;
    function* walk(here: Node, at: string): Generator<SearchBatch> {
      for (const child of here.children?.values() ?? []) {
        visited++;
        if (child.name.toLowerCase().includes(name)) yield { found: [{ path: `${at}/${child.name}`, type: child.type, size: child.size, modified: child.modified }] };
        yield* walk(child, `${at}/${child.name}`);
      }
    }
    yield* walk(from, path);
    yield { found: [], done: { visited, truncated: false } };
  }

  async function* receive({ owner, path, streamId, version }: At & { streamId: string; version?: string }, signal?: AbortSignal): AsyncGenerator<UploadEvent> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const ended = new Promise<void>((resolve) => {
      uploading.set(streamId, { parts, finish: resolve });
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
    yield { type: "ready", bytes: 0 };
    await ended;
    uploading.delete(streamId);
    if (signal?.aborted !== true) yield { type: "done", file: put(owner, path, new Uint8Array(await new Blob(parts).arrayBuffer()), version), bytes: 0 };
  }

  return files;
}
