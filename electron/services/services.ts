/** Everything a host needs behind the contract, built once per process. */
import type { AppInfo } from "../ipc/contract/app.ts";
import type { UserSettings } from "../ipc/contract/settings.ts";
import type { Bin } from "./bin.ts";
import { createBin } from "./bin.ts";
import { createBuildFiles } from "./build-files.ts";
import type { BuildFiles } from "./build-files.ts";
import type { ApiCalls } from "./calls.ts";
import { createApiCalls } from "./calls.ts";
import { createBuilds } from "./builds.ts";
import { KeptBuilds } from "./classic-builds/kept-builds.ts";
import type { Builds } from "./builds.ts";
import { EngineConnection } from "./connection.ts";
import { createAwsLogins } from "./credentials/aws.ts";
import { DockerConfigFile } from "./credentials/config-file.ts";
import { createCredentials } from "./credentials/credentials.ts";
import type { Keyring } from "./credentials/keyring.ts";
import { createRegistryAuth } from "./credentials/registry-auth.ts";
import type { Containers } from "./containers.ts";
import { createContainers } from "./containers.ts";
import { createConnections } from "./connections.ts";
import type { Connections, EngineSwitch } from "./connections.ts";
import type { ConnectionSignal } from "./connection.ts";
import type { KnownConnection, UsableConnection } from "./known-connections.ts";
import { liveMembers } from "./live.ts";
import { Listeners } from "./listeners.ts";
import type { Disk } from "./disk.ts";
import { createDisk } from "./disk.ts";
import type { EngineProcess } from "./engine-process.ts";
import { EventFeed } from "./event-feed.ts";
import type { Downloads } from "./downloads.ts";
import { createDownloads } from "./downloads.ts";
import type { Files } from "./files.ts";
import { createFiles } from "./files.ts";
import type { ImageArchives } from "./image-archives.ts";
import { createImageArchives } from "./image-archives.ts";
import type { ImageContents } from "./image-contents.ts";
import { createImageContents } from "./image-contents.ts";
import type { Images } from "./images.ts";
import { createImages } from "./images.ts";
import type { Logs } from "./logs.ts";
import { createLogs } from "./logs.ts";
import { createMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { createOwnEngine } from "./own-engine.ts";
import type { OwnEngine } from "./own-engine.ts";
import type { Networks } from "./networks.ts";
import { createNetworks } from "./networks.ts";
import type { PublishedPorts } from "./published-ports.ts";
import { createPublishedPorts } from "./published-ports.ts";
import type { Registries } from "./registries.ts";
import { createRegistries } from "./registries.ts";
import { createRegistryBrowser } from "./registry-browser.ts";
import { createRegistryRequests } from "./registry-requests.ts";
import type { Samples } from "./samples.ts";
import { createSamples } from "./samples.ts";
import type { SettingsStore } from "./settings.ts";
import { memorySettings } from "./settings.ts";
import type { ContainerCopies } from "./container-copies.ts";
import { createContainerCopies } from "./container-copies.ts";
import type { Attachments } from "./attach.ts";
import { createAttachments } from "./attach.ts";
import type { Stats } from "./stats.ts";
import { createStats } from "./stats.ts";
import type { System } from "./system.ts";
import { createSystem } from "./system.ts";
import type { Terminals } from "./terminal.ts";
import { createTerminals } from "./terminal.ts";
import type { Transfers } from "./transfers.ts";
import { createTransfers } from "./transfers.ts";
import type { TextFiles } from "./text-files.ts";
import { createTextFiles } from "./text-files.ts";
import type { Volumes } from "./volumes.ts";
import { createVolumes } from "./volumes.ts";

/** What only the host itself can do. */
export interface HostApp {
  info(): AppInfo | Promise<AppInfo>;
  openExternal(url: string): Promise<void>;
  /** Brings the host's own parts in line with the settings: native theme, start at login. */
  applySettings(settings: UserSettings): void | Promise<void>;
}

/** What belongs to one engine; another engine gets its own. */
export interface EngineServices {
  readonly connection: EngineConnection;
  readonly bin: Bin;
  readonly builds: Builds;
  readonly buildFiles: BuildFiles;
  readonly calls: ApiCalls;
  readonly containers: Containers;
  readonly containerCopies: ContainerCopies;
  readonly files: Files;
  readonly downloads: Downloads;
  readonly images: Images;
  readonly imageArchives: ImageArchives;
  readonly imageContents: ImageContents;
  readonly logs: Logs;
  readonly terminals: Terminals;
  readonly attachments: Attachments;
  readonly stats: Stats;
  readonly system: System;
  readonly disk: Disk;
  readonly machine: Machine;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly ports: PublishedPorts;
  readonly registries: Registries;
  readonly transfers: Transfers;
}

/** The engine's part always means the engine that is the current one. */
export interface Services extends EngineServices {
  readonly events: EventFeed;
  readonly connections: Connections;
  readonly settings: SettingsStore;
  readonly ownEngine: OwnEngine;
  readonly textFiles: TextFiles;
  readonly samples: Samples;
  readonly app: HostApp;
}

export interface ServiceOptions {
  /** What is remembered between runs; nothing unless given. */
  readonly settings?: SettingsStore;
  /** Docker's configuration file; the user's own unless given. */
  readonly dockerConfig?: DockerConfigFile;
  /** Where logins are kept without a credential helper, see `systemKeyrings`; without one, in Docker's file. */
  readonly keyrings?: readonly Keyring[];
  /** False: only connect, never start or stop an engine. */
  readonly mayManage?: boolean;
}

/** Builds the services and begins to connect. Dispose `connection` at the end. */
export function createServices(first: UsableConnection, engineProcess: EngineProcess, app: HostApp, { settings = memorySettings(), dockerConfig = new DockerConfigFile(), keyrings = [], mayManage = true }: ServiceOptions = {}): Services {
  const listeners = new Listeners<ConnectionSignal>();
  const credentials = createCredentials({ file: dockerConfig, keyrings });
  const aws = createAwsLogins(settings);
  const auth = createRegistryAuth(credentials, aws);
  // A host that changes over to another engine and back finds its builds again.
  const keptBuilds = new Map<string, KeptBuilds>();
  function keptBuildsOf(url: string): KeptBuilds {
    const kept = keptBuilds.get(url) ?? new KeptBuilds();
    keptBuilds.set(url, kept);
    return kept;
  }
  function open({ id, name, endpoint }: UsableConnection): EngineServices {
    const connection = new EngineConnection(mayManage ? endpoint : { ...endpoint, managed: false }, engineProcess, { label: { id, name }, listeners });
    const files = createFiles(connection);
    const builds = createBuilds(connection, auth, keptBuildsOf(endpoint.url));
    const browser = createRegistryBrowser(connection, auth, createRegistryRequests(connection, auth));
    return {
      connection,
      bin: createBin(connection),
      builds,
      buildFiles: createBuildFiles(connection.endpoint, builds.keeper),
      calls: createApiCalls(connection),
      containers: createContainers(connection),
      files,
      downloads: createDownloads(files),
      images: createImages(connection, auth),
      containerCopies: createContainerCopies(connection),
      imageArchives: createImageArchives(connection),
      imageContents: createImageContents(connection),
      logs: createLogs(connection),
      terminals: createTerminals(connection),
      attachments: createAttachments(connection),
      stats: createStats(connection),
      system: createSystem(connection),
      disk: createDisk(connection),
      machine: createMachine(connection),
      volumes: createVolumes(connection),
      networks: createNetworks(connection),
      ports: createPublishedPorts(connection.docker, connection.endpoint),
      registries: createRegistries(connection, { credentials, aws, browser, settings }),
      transfers: createTransfers(connection, auth),
    };
  }
  let known: KnownConnection = first;
  let engine = open(first);
  const current = liveMembers<{ [Name in keyof EngineServices]: EngineServices[Name] }>(() => ({ ...engine }));
  const engines: EngineSwitch = {
    mayManage,
    first,
    get current() {
      return known;
    },
    async change(next) {
      const before = engine;
      known = next;
      engine = open(next);
      void before.connection[Symbol.asyncDispose]();
      listeners.emit({ type: "status", status: engine.connection.status });
      engine.connection.open();
      return engine.connection.status;
    },
  };
  const services: Services = {
    ...current,
    events: new EventFeed({ listeners, status: () => engine.connection.status, settings }),
    connections: createConnections(engines, settings),
    settings,
    ownEngine: createOwnEngine(),
    textFiles: createTextFiles(),
    samples: createSamples(),
    app,
  };
  engine.connection.open();
  return services;
}
