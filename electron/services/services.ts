/** Everything a host needs behind the contract, built once per process. */
import type { AppInfo } from "../ipc/contract/app.ts";
import { createBuildFiles } from "./build-files.ts";
import type { BuildFiles } from "./build-files.ts";
import { createBuilds } from "./builds.ts";
import type { Builds } from "./builds.ts";
import { EngineConnection } from "./connection.ts";
import { createAwsLogins } from "./credentials/aws.ts";
import { DockerConfigFile } from "./credentials/config-file.ts";
import { createCredentials } from "./credentials/credentials.ts";
import type { Keyring } from "./credentials/keyring.ts";
import { createRegistryAuth } from "./credentials/registry-auth.ts";
import type { Containers } from "./containers.ts";
import { createContainers } from "./containers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EngineProcess } from "./engine-process.ts";
import { EventFeed } from "./event-feed.ts";
import type { Images } from "./images.ts";
import { createImages } from "./images.ts";
import type { Logs } from "./logs.ts";
import { createLogs } from "./logs.ts";
import type { Networks } from "./networks.ts";
import { createNetworks } from "./networks.ts";
import type { PublishedPorts } from "./published-ports.ts";
import { createPublishedPorts } from "./published-ports.ts";
import type { Registries } from "./registries.ts";
import { createRegistries } from "./registries.ts";
import { createRegistryBrowser } from "./registry-browser.ts";
import { createRegistryRequests } from "./registry-requests.ts";
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
import type { Volumes } from "./volumes.ts";
import { createVolumes } from "./volumes.ts";

/** What only the host itself can do. */
export interface HostApp {
  info(): AppInfo | Promise<AppInfo>;
  openExternal(url: string): Promise<void>;
  setTheme(theme: AppInfo["theme"]): Promise<void>;
}

export interface Services {
  readonly connection: EngineConnection;
  readonly events: EventFeed;
  readonly builds: Builds;
  readonly buildFiles: BuildFiles;
  readonly containers: Containers;
  readonly containerCopies: ContainerCopies;
  readonly images: Images;
  readonly logs: Logs;
  readonly terminals: Terminals;
  readonly attachments: Attachments;
  readonly stats: Stats;
  readonly system: System;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly ports: PublishedPorts;
  readonly registries: Registries;
  readonly transfers: Transfers;
  readonly app: HostApp;
}

export interface ServiceOptions {
  /** What is remembered between runs; nothing unless given. */
  readonly settings?: SettingsStore;
  /** Docker's configuration file; the user's own unless given. */
  readonly dockerConfig?: DockerConfigFile;
  /** Where logins are kept without a credential helper, see `systemKeyrings`; without one, in Docker's file. */
  readonly keyrings?: readonly Keyring[];
}

/** Builds the services and begins to connect. Dispose `connection` at the end. */
export function createServices(endpoint: Endpoint, engineProcess: EngineProcess, app: HostApp, { settings = memorySettings(), dockerConfig = new DockerConfigFile(), keyrings = [] }: ServiceOptions = {}): Services {
  const connection = new EngineConnection(endpoint, engineProcess);
  const credentials = createCredentials({ file: dockerConfig, keyrings });
  const aws = createAwsLogins(settings);
  const auth = createRegistryAuth(credentials, aws);
  const browser = createRegistryBrowser(connection, auth, createRegistryRequests(connection, auth));
  const services: Services = {
    connection,
    events: new EventFeed(connection),
    builds: createBuilds(connection, auth),
    buildFiles: createBuildFiles(connection.endpoint),
    containers: createContainers(connection),
    images: createImages(connection, auth),
    containerCopies: createContainerCopies(connection),
    logs: createLogs(connection),
    terminals: createTerminals(connection),
    attachments: createAttachments(connection),
    stats: createStats(connection),
    system: createSystem(connection),
    volumes: createVolumes(connection),
    networks: createNetworks(connection),
    ports: createPublishedPorts(connection.docker, endpoint),
    registries: createRegistries(connection, { credentials, aws, browser, settings }),
    transfers: createTransfers(connection, auth),
    app,
  };
  connection.open();
  return services;
}
