/** The contract, served: each call goes to its service. Hosts mount this router on their transport with one `Session` per window. */
import { implement, ORPCError } from "@orpc/server";
import { ValidationError } from "@orpc/contract";
import type { ContainerInfo, ImageInfo } from "dockerode";
import { contract } from "../ipc/contract/contract.ts";
import type { IpcErrorHint } from "../ipc/errors.ts";
import { JSON_TEXT_SERIALIZER, JsonText } from "../ipc/json-text.ts";
import { checkSecret } from "./build-secrets.ts";
import type { Credit } from "./credit.ts";
import { toIpcError } from "./docker-errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { IpcError } from "./ipc-error.ts";
import { ipcError } from "./ipc-error.ts";
import { checkPorts } from "./ports.ts";
import type { Services } from "./services.ts";
import { userSettings } from "./settings.ts";
import type { Session } from "./session.ts";

export interface IpcContext {
  readonly session: Session;
}

export function createRouter(services: Services): ReturnType<typeof build> {
  return build(services);
}

function build(services: Services) {
  const { connection, containers, images, networks, registries, system, transfers, volumes, app } = services;
  const os = implement(contract).$context<IpcContext>();
  return os.router({
    app: {
      info: os.app.info.handler(() => app.info()),
      openExternal: os.app.openExternal.handler(({ input }) => app.openExternal(input.url)),
    },
    connections: {
      list: os.connections.list.handler(() => services.connections.list()),
      test: os.connections.test.handler(({ input, signal }) => services.connections.test(input.id, required(signal))),
      try: os.connections.try.handler(({ input, signal }) => services.connections.try(input, required(signal))),
      add: os.connections.add.handler(({ input }) => services.connections.add(input)),
      remove: os.connections.remove.handler(({ input }) => services.connections.remove(input.id)),
      use: os.connections.use.handler(({ input }) => services.connections.use(input.id)),
    },
    ownEngine: {
      facts: os.ownEngine.facts.handler(({ signal }) => services.ownEngine.facts(required(signal))),
      requirements: os.ownEngine.requirements.handler(({ signal }) => services.ownEngine.requirements(required(signal))),
      log: os.ownEngine.log.handler(({ signal }) => services.ownEngine.log(required(signal))),
    },
    samples: {
      prepare: os.samples.prepare.handler(() => services.samples.prepare()),
    },
    settings: {
      get: os.settings.get.handler(() => userSettings(services.settings.settings)),
      update: os.settings.update.handler(async ({ input }) => {
        await services.settings.update(input);
        await app.applySettings(userSettings(services.settings.settings));
        services.events.announceSettings();
        return userSettings(services.settings.settings);
      }),
    },
    engine: {
      status: os.engine.status.handler(() => connection.status),
      start: os.engine.start.handler(() => connection.start()),
      stop: os.engine.stop.handler(() => connection.stop()),
      restart: os.engine.restart.handler(() => connection.restart()),
    },
    events: {
      subscribe: os.events.subscribe.handler(({ signal }) => services.events.subscribe(required(signal))),
    },
    bin: {
      watch: os.bin.watch.handler(({ signal }) => services.bin.watch(required(signal))),
      remove: os.bin.remove.handler(({ input }) => services.bin.remove(input)),
      restore: os.bin.restore.handler(({ input }) => services.bin.restore(input.id, input.name)),
      discard: os.bin.discard.handler(({ input }) => services.bin.discard(input.id)),
    },
    builds: {
      watch: os.builds.watch.handler(({ signal }) => services.builds.watch(required(signal))),
      follow: os.builds.follow.handler(async function* ({ input, context, signal }) {
        const credit = context.session.openStream(input.streamId);
        try {
          yield* services.builds.follow(input.id, credit, required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      start: os.builds.start.handler(({ input }) => services.builds.start(input)),
      plan: os.builds.plan.handler(({ input, signal }) => services.builds.plan(input, required(signal))),
      cancel: os.builds.cancel.handler(({ input }) => services.builds.cancel(input.id)),
      retry: os.builds.retry.handler(({ input }) => services.builds.retry(input.id, input.dockerfileText)),
      dismiss: os.builds.dismiss.handler(({ input }) => services.builds.dismiss(input.id)),
      remove: os.builds.remove.handler(({ input }) => services.builds.remove(input.id)),
      shell: os.builds.shell.handler(async function* ({ input, context, signal }) {
        const credit = context.session.openStream(input.streamId);
        try {
          yield* services.builds.shell(input, credit, (side) => context.session.setInput(input.streamId, side), required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      checkSecret: os.builds.checkSecret.handler(({ input }) => checkSecret(input)),
      describe: os.builds.describe.handler(({ input, signal }) => services.builds.describe(input.text, required(signal))),
      listFolder: os.builds.listFolder.handler(({ input }) => services.buildFiles.list(input.path)),
      readFile: os.builds.readFile.handler(({ input }) => services.buildFiles.read(input.path)),
      saveFile: os.builds.saveFile.handler(({ input }) => services.buildFiles.save(input.path, input.text, input.version)),
    },
    streams: {
      ack: os.streams.ack.handler(({ input, context }) => context.session.ack(input.streamId, input.bytes)),
    },
    calls: {
      watch: os.calls.watch.handler(({ signal }) => services.calls.watch(required(signal))),
      details: os.calls.details.handler(({ input, signal }) => services.calls.details(input.id, signal)),
    },
    containers: {
      list: os.containers.list.handler(async ({ input, signal }) => asText<ContainerInfo[]>(await containers.list(input.filters, signal))),
      inspect: os.containers.inspect.handler(({ input, signal }) => containers.inspect(input.id, signal)),
      create: os.containers.create.handler(({ input, signal }) => containers.create(input, signal)),
      run: os.containers.run.handler(({ input, signal }) => containers.run(input, signal)),
      start: os.containers.start.handler(({ input }) => containers.start(input.id)),
      stop: os.containers.stop.handler(({ input }) => containers.stop(input.id, input.timeoutSeconds)),
      restart: os.containers.restart.handler(({ input }) => containers.restart(input.id, input.timeoutSeconds)),
      pause: os.containers.pause.handler(({ input }) => containers.pause(input.id)),
      unpause: os.containers.unpause.handler(({ input }) => containers.unpause(input.id)),
      kill: os.containers.kill.handler(({ input }) => containers.kill(input.id, input.signal)),
      remove: os.containers.remove.handler(({ input }) => containers.remove(input.id, input)),
      starts: os.containers.starts.handler(({ input, signal }) => containers.starts(input.id, signal)),
      configuration: os.containers.configuration.handler(({ input, signal }) => containers.configuration(input.id, signal)),
      reconfigure: os.containers.reconfigure.handler(({ input, signal }) => containers.reconfigure(input.id, input.form, input.dryRun, signal)),
      undoReconfiguration: os.containers.undoReconfiguration.handler(({ input, signal }) => containers.undoReconfiguration(input.id, input.dryRun, signal)),
      rename: os.containers.rename.handler(({ input }) => containers.rename(input.id, input.name)),
      changes: os.containers.changes.handler(({ input, signal }) => services.containerCopies.changes(input.id, signal)),
      sizes: os.containers.sizes.handler(({ input, signal }) => services.containerCopies.sizes(input.ids, signal)),
      commit: os.containers.commit.handler(({ input, signal }) => services.containerCopies.commit(input, signal)),
      export: os.containers.export.handler(({ input, signal }) => services.containerCopies.export(input, required(signal))),
    },
    files: {
      list: os.files.list.handler(({ input, signal }) => services.files.list(input, signal)),
      layers: os.files.layers.handler(({ input, signal }) => services.files.layers(input.owner, signal)),
      stat: os.files.stat.handler(({ input, signal }) => services.files.stat(input, input.follow, signal)),
      read: os.files.read.handler(({ input, signal }) => services.files.read(input, signal)),
      writeText: os.files.writeText.handler(({ input }) => services.files.writeText(input)),
      makeFolder: os.files.makeFolder.handler(({ input }) => services.files.makeFolder(input)),
      rename: os.files.rename.handler(({ input }) => services.files.rename(input.owner, input.from, input.to)),
      remove: os.files.remove.handler(({ input }) => services.files.remove(input)),
      setAttributes: os.files.setAttributes.handler(({ input }) => services.files.setAttributes(input)),
      revert: os.files.revert.handler(({ input }) => services.files.revert(input)),
      search: os.files.search.handler(({ input, signal }) => services.files.search(input, required(signal))),
      offerDownload: os.files.offerDownload.handler(async ({ input, signal }) => {
        // What is wrong is said in the window, not in the file that is kept.
        await services.files.stat(input, true, signal);
        return { url: services.downloads.offer(input, input.as) };
      }),
      upload: os.files.upload.handler(async function* ({ input, context, signal }) {
        context.session.openStream(input.streamId);
        try {
          yield* services.files.upload(input, (side) => context.session.setInput(input.streamId, side), required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      uploadData: os.files.uploadData.handler(({ input, context }) => context.session.input(input.streamId).write(input.base64, "binary")),
      endUpload: os.files.endUpload.handler(({ input, context }) => context.session.input(input.streamId).end()),
    },
    images: {
      list: os.images.list.handler(async ({ input, signal }) => asText<ImageInfo[]>(await images.list(input.filters, signal))),
      inspect: os.images.inspect.handler(({ input, signal }) => images.inspect(input.id, signal)),
      pull: os.images.pull.handler(({ input, signal }) => images.pull(input.image, input.platform, required(signal))),
      push: os.images.push.handler(({ input, signal }) => images.push(input.image, required(signal))),
      tag: os.images.tag.handler(({ input }) => images.tag(input.id, input.target)),
      remove: os.images.remove.handler(({ input }) => images.remove(input.id, input)),
    },
    imageArchives: {
      save: os.imageArchives.save.handler(({ input, signal }) => services.imageArchives.save(input.names, input.path, input.replace, required(signal))),
      read: os.imageArchives.read.handler(({ input, signal }) => services.imageArchives.read(input.path, input.what, required(signal))),
      upload: os.imageArchives.upload.handler(async function* ({ input, context, signal }) {
        context.session.openStream(input.streamId);
        try {
          yield* services.imageArchives.upload(input.what, input.totalBytes, (side) => context.session.setInput(input.streamId, side), required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      write: os.imageArchives.write.handler(({ input, context }) => context.session.input(input.streamId).write(input.data, "binary")),
      end: os.imageArchives.end.handler(({ input, context }) => context.session.input(input.streamId).end()),
    },
    imageContents: {
      structure: os.imageContents.structure.handler(({ input, signal }) => services.imageContents.structure(input.id, signal)),
      files: os.imageContents.files.handler(({ input, signal }) => services.imageContents.files(input, signal)),
      compare: os.imageContents.compare.handler(({ input, signal }) => services.imageContents.compare(input.before, input.after, signal)),
      platforms: os.imageContents.platforms.handler(({ input, signal }) => services.imageContents.platforms(input.ids, signal)),
      history: os.imageContents.history.handler(({ input, signal }) => services.imageContents.history(input.id, signal)),
      sizes: os.imageContents.sizes.handler(({ signal }) => services.imageContents.sizes(signal)),
      previewRemoval: os.imageContents.previewRemoval.handler(({ input, signal }) => services.imageContents.previewRemoval(input.names, input.force, signal)),
      previewPrune: os.imageContents.previewPrune.handler(({ input, signal }) => services.imageContents.previewPrune(input.dangling, signal)),
      prune: os.imageContents.prune.handler(({ input }) => services.imageContents.prune(input.dangling)),
    },
    logs: {
      follow: os.logs.follow.handler(({ input, context, signal }) => withCredit(context.session, input.streamId, (credit) => services.logs.follow(input, credit, required(signal)))),
      page: os.logs.page.handler(({ input, context, signal }) => withCredit(context.session, input.streamId, (credit) => services.logs.page(input, credit, required(signal)))),
      search: os.logs.search.handler(({ input, context, signal }) => withCredit(context.session, input.streamId, (credit) => services.logs.search(input, credit, required(signal)))),
      export: os.logs.export.handler(({ input, context, signal }) => withCredit(context.session, input.streamId, (credit) => services.logs.export(input, credit, required(signal)))),
      beginFile: os.logs.beginFile.handler(({ input }) => services.textFiles.begin(input.path, input.overwrite)),
      writeFile: os.logs.writeFile.handler(({ input }) => services.textFiles.write(input.fileId, input.text)),
      endFile: os.logs.endFile.handler(({ input }) => services.textFiles.end(input.fileId, input.keep)),
    },
    terminal: {
      open: os.terminal.open.handler(async function* ({ input, context, signal }) {
        const credit = context.session.openStream(input.streamId);
        try {
          yield* services.terminals.open(input, credit, (side) => context.session.setInput(input.streamId, side), required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      attach: os.terminal.attach.handler(async function* ({ input, context, signal }) {
        const credit = context.session.openStream(input.streamId);
        try {
          yield* services.attachments.attach(input, credit, (side) => context.session.setInput(input.streamId, side), required(signal));
        } finally {
          context.session.closeStream(input.streamId);
        }
      }),
      shells: os.terminal.shells.handler(({ input, signal }) => services.attachments.shells(input.containerId, required(signal))),
      input: os.terminal.input.handler(({ input, context }) => context.session.input(input.streamId).write(input.data, input.encoding)),
      closeInput: os.terminal.closeInput.handler(({ input, context }) => context.session.input(input.streamId).end()),
      resize: os.terminal.resize.handler(({ input, context }) => context.session.input(input.streamId).resize(input.columns, input.rows)),
    },
    networks: {
      list: os.networks.list.handler(({ signal }) => networks.list(signal)),
      inspect: os.networks.inspect.handler(({ input, signal }) => networks.inspect(input.id, signal)),
      create: os.networks.create.handler(({ input }) => networks.create(input)),
      connect: os.networks.connect.handler(({ input }) => networks.connect(input)),
      disconnect: os.networks.disconnect.handler(({ input }) => networks.disconnect(input)),
      remove: os.networks.remove.handler(({ input }) => networks.remove(input.id)),
    },
    ports: {
      list: os.ports.list.handler(({ signal }) => services.ports.list(signal)),
    },
    registries: {
      list: os.registries.list.handler(({ signal }) => registries.list(signal)),
      add: os.registries.add.handler(({ input, signal }) => registries.add(input.host, signal)),
      forget: os.registries.forget.handler(({ input }) => registries.forget(input.host)),
      storage: os.registries.storage.handler(({ input, signal }) => registries.storage(input.host, signal)),
      login: os.registries.login.handler(({ input, signal }) => registries.login(input.host, input.username, input.password, signal)),
      loginAws: os.registries.loginAws.handler(({ input, signal }) => registries.loginAws(input.host, input.profile, signal)),
      awsProfiles: os.registries.awsProfiles.handler(() => registries.awsProfiles()),
      logout: os.registries.logout.handler(({ input, signal }) => registries.logout(input.host, signal)),
      test: os.registries.test.handler(({ input, signal }) => registries.test(input.host, signal)),
      catalog: os.registries.catalog.handler(({ input, signal }) => registries.catalog(input.host, input, signal)),
      tags: os.registries.tags.handler(({ input, signal }) => registries.tags(input.repository, input, signal)),
      behind: os.registries.behind.handler(({ input, signal }) => registries.behind(input.references, signal)),
      search: os.registries.search.handler(({ input, signal }) => registries.search(input.term, input.limit, signal)),
    },
    transfers: {
      watch: os.transfers.watch.handler(({ signal }) => transfers.watch(required(signal))),
      start: os.transfers.start.handler(({ input }) => transfers.start(input)),
      pause: os.transfers.pause.handler(({ input }) => transfers.pause(input.id)),
      resume: os.transfers.resume.handler(({ input }) => transfers.resume(input.id)),
      cancel: os.transfers.cancel.handler(({ input }) => transfers.cancel(input.id)),
      remove: os.transfers.remove.handler(({ input }) => transfers.remove(input.id)),
    },
    stats: {
      watch: os.stats.watch.handler(({ input, signal }) => services.stats.watch(input.ids, input.intervalMs, required(signal))),
      processes: os.stats.processes.handler(({ input, signal }) => services.stats.processes(input.id, signal)),
    },
    volumes: {
      list: os.volumes.list.handler(({ signal }) => volumes.list(signal)),
      inspect: os.volumes.inspect.handler(({ input, signal }) => volumes.inspect(input.name, signal)),
      sizes: os.volumes.sizes.handler(({ signal }) => volumes.sizes(signal)),
      create: os.volumes.create.handler(({ input }) => volumes.create(input)),
      remove: os.volumes.remove.handler(({ input }) => volumes.remove(input.name)),
    },
    disk: {
      read: os.disk.read.handler(({ signal }) => services.disk.read(required(signal))),
      preview: os.disk.preview.handler(({ input, signal }) => services.disk.preview(input.items, required(signal))),
      free: os.disk.free.handler(({ input, signal }) => services.disk.free(input.items, required(signal))),
    },
    system: {
      machine: os.system.machine.handler(({ input, signal }) => services.machine.watch(input.intervalMs, required(signal))),
      info: os.system.info.handler(() => system.info()),
      checkPorts: os.system.checkPorts.handler(({ input }) => checkPorts(connection.docker, input.ports)),
    },
  });
}

/** Runs a bulk stream under its id, which is free again when it ends. */
async function* withCredit<T>(session: Session, streamId: string, open: (credit: Credit) => AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  const credit = session.openStream(streamId);
  try {
    yield* open(credit);
  } finally {
    session.closeStream(streamId);
  }
}

/** What the window receives as a `T`: the transport's serializer knows the text, see `ipc/json-text.ts`. */
function asText<T>(json: string): T {
  return new JsonText(json) as T;
}

/** Both transports give every call a signal that aborts when the window cancels or goes away. */
function required(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}

interface Call {
  signal?: AbortSignal | undefined;
  next(): Promise<unknown>;
}

/**
 * Options for the handler of a transport: whatever a call or a stream throws leaves as an error of the closed set.
 *
 * @param endpoint answers the engine that sentences about the connection name
 */
export function handlerOptions(endpoint: () => Endpoint): { clientInterceptors: ((call: Call) => Promise<unknown>)[]; customJsonSerializers: (typeof JSON_TEXT_SERIALIZER)[] } {
  return {
    customJsonSerializers: [JSON_TEXT_SERIALIZER],
    clientInterceptors: [
      async (call) => {
        try {
          const output = await call.next();
          return isStream(output) ? mapStreamErrors(output, endpoint(), call.signal) : output;
        } catch (error) {
          throw atTheBorder(error, endpoint(), call.signal);
        }
      },
    ],
  };
}

function isStream(output: unknown): output is AsyncGenerator<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

async function* mapStreamErrors(stream: AsyncGenerator<unknown>, endpoint: Endpoint, signal: AbortSignal | undefined): AsyncGenerator<unknown, void, void> {
  try {
    yield* stream;
  } catch (error) {
    throw atTheBorder(error, endpoint, signal);
  }
}

function atTheBorder(error: unknown, endpoint: Endpoint, signal: AbortSignal | undefined): IpcError {
  if (signal?.aborted === true) return ipcError("cancelled", "The operation was cancelled.");
  if (error instanceof ORPCError && error.cause instanceof ValidationError) return fromValidation(error.cause);
  return toIpcError(error, endpoint);
}

function fromValidation(error: ValidationError): IpcError {
  const hints = error.issues.map((issue): Extract<IpcErrorHint, { type: "field" }> => {
    const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    return { type: "field", path: path.map((part) => (typeof part === "number" ? part : String(part))), message: issue.message };
  });
  const first = hints[0];
  const where = first === undefined || first.path.length === 0 ? "The request" : `The field ${first.path.join(".")}`;
  return ipcError("invalidArgument", `${where} is not valid: ${first?.message ?? "wrong input"}.`.replace(/\.\.$/, "."), { hints });
}
