import { lazy, Suspense } from "react";
import { BuildPage } from "../features/build/details/BuildPage.tsx";
import { BuildsScreen } from "../features/build/list/BuildsScreen.tsx";
import { NewBuildPage } from "../features/build/start/NewBuildPage.tsx";
import { ContainerPage } from "../features/containers/details/ContainerPage.tsx";
import { ContainerDialogs } from "../features/containers/dialogs/ContainerDialogs.tsx";
import { EditDialog } from "../features/containers/run/EditDialog.tsx";
import { RunDialog } from "../features/containers/run/RunDialog.tsx";
import { AddConnectionDialog } from "../features/engine/connections/AddConnectionDialog.tsx";
import { EngineScreen } from "../features/engine/EngineScreen.tsx";
import { MachineCheck } from "../features/engine/MachineCheck.tsx";
import { LoadDialog } from "../features/images/archives/LoadDialog.tsx";
import { SaveDialog } from "../features/images/archives/SaveDialog.tsx";
import { ComparePage } from "../features/images/compare/ComparePage.tsx";
import { ImagePage } from "../features/images/details/ImagePage.tsx";
import { ImagesScreen } from "../features/images/ImagesScreen.tsx";
import { PruneImagesDialog } from "../features/images/PruneImagesDialog.tsx";
import { TagDialog } from "../features/images/TagDialog.tsx";
import { LogsScreen } from "../features/logs/LogsScreen.tsx";
import { LogView } from "../features/logs/LogView.tsx";
import { CreateNetworkDialog } from "../features/networks/CreateNetworkDialog.tsx";
import { NetworkPage } from "../features/networks/NetworkPage.tsx";
import { NetworksScreen } from "../features/networks/NetworksScreen.tsx";
import { PruneNetworksDialog } from "../features/networks/PruneNetworksDialog.tsx";
import { CheckPortDialog } from "../features/ports/CheckPortDialog.tsx";
import { PortsScreen } from "../features/ports/PortsScreen.tsx";
import { AddDialog } from "../features/registries/AddDialog.tsx";
import { LoginDialog } from "../features/registries/LoginDialog.tsx";
import { RegistriesScreen } from "../features/registries/RegistriesScreen.tsx";
import { RegistryPage } from "../features/registries/RegistryPage.tsx";
import { RemovedScreen } from "../features/removed/RemovedScreen.tsx";
import { PullDialog } from "../features/transfers/PullDialog.tsx";
import { PushDialog } from "../features/transfers/PushDialog.tsx";
import { SettingsScreen } from "../features/settings/SettingsScreen.tsx";
import { CreateVolumeDialog } from "../features/volumes/CreateVolumeDialog.tsx";
import { PruneVolumesDialog } from "../features/volumes/PruneVolumesDialog.tsx";
import { VolumePage } from "../features/volumes/VolumePage.tsx";
import { VolumesScreen } from "../features/volumes/VolumesScreen.tsx";
import { WelcomePage } from "../features/welcome/WelcomePage.tsx";
import { perform } from "../stores/containers.ts";
import { href, type Place } from "../stores/route.ts";
import { Palette } from "./Palette.tsx";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";

/** Terminals bring a third of the code; it is loaded when the first one opens. */
const TerminalPane = lazy(() => import("../features/terminal/TerminalPane.tsx").then((module) => ({ default: module.TerminalPane })));

/** Brings the text editor with it. */
const FilesPane = lazy(() => import("../features/files/FilesPane.tsx").then((module) => ({ default: module.FilesPane })));
const ContainerTerminals = lazy(() => import("../features/terminal/ContainerTerminals.tsx").then((module) => ({ default: module.ContainerTerminals })));

/**
 * Every screen but the first.
 * @param up whether the engine answers; most are shown only then
 */
export function OtherScreen({ place, up }: { readonly place: Exclude<Place, { screen: "containers" }>; readonly up: boolean }) {
  switch (place.screen) {
    case "engine":
      return <EngineScreen tab={place.tab} />;
    case "settings":
      return <SettingsScreen />;
    case "images":
      return <ImagesScreen />;
    case "compare-images":
      return <ComparePage key={`${place.before} ${place.after}`} before={place.before} after={place.after} />;
    case "image":
      return <ImagePage key={place.id} id={place.id} tab={place.tab} />;
    case "logs":
      return <LogsScreen query={place.query} />;
    case "removed":
      return <RemovedScreen />;
    case "welcome":
      return <WelcomePage machine={<MachineCheck />} ready={up} />;
    case "ports":
      return <PortsScreen />;
    case "volumes":
      return <VolumesScreen />;
    case "volume":
      return (
        <VolumePage
          key={place.name}
          name={place.name}
          tab={place.tab}
          files={(name) => (
            <Suspense fallback={null}>
              <FilesPane key={name} owner={{ kind: "volume", id: name }} name={name} path={place.path ?? "/"} addressOf={(path) => href.volumeFile(name, path)} />
            </Suspense>
          )}
        />
      );
    case "networks":
      return <NetworksScreen />;
    case "network":
      return <NetworkPage key={place.id} id={place.id} tab={place.tab} />;
    case "registries":
      return <RegistriesScreen />;
    case "registry":
      return <RegistryPage key={place.host} host={place.host} tab={place.tab} repository={place.repository} />;
    case "builds":
      return <BuildsScreen />;
    case "new-build":
      return <NewBuildPage key={place.from} from={place.from} />;
    case "build":
      return (
        <BuildPage
          id={place.id}
          tab={place.tab}
          shell={(build) => (
            <Suspense fallback={null}>
              <TerminalPane buildId={build.id} name={`step ${build.failedStep}`} running={build.failedStep !== null} />
            </Suspense>
          )}
        />
      );
    case "container":
      return (
        <ContainerPage
          id={place.id}
          tab={place.tab}
          logs={(row) => <LogView containerId={row.id} name={row.name} running={row.state === "running"} />}
          files={(row) => (
            <Suspense fallback={null}>
              <FilesPane key={row.id} owner={{ kind: "container", id: row.id }} name={row.name} state={row.state} path={place.path ?? "/"} addressOf={(path) => href.containerFile(row.id, path)} />
            </Suspense>
          )}
          terminal={(row) => (
            <Suspense fallback={null}>
              <ContainerTerminals key={row.id} containerId={row.id} name={row.name} running={row.state === "running"} onStart={() => void perform("start", row.id)} />
            </Suspense>
          )}
        />
      );
  }
}

/** Dialogs open themselves, by the address or by a store of theirs. */
export function Dialogs() {
  return (
    <>
      <RunDialog />
      <ContainerDialogs />
      <EditDialog />
      <PullDialog />
      <PushDialog />
      <AddDialog />
      <LoginDialog />
      <TagDialog />
      <SaveDialog />
      <LoadDialog />
      <PruneImagesDialog />
      <CreateVolumeDialog />
      <PruneVolumesDialog />
      <CreateNetworkDialog />
      <PruneNetworksDialog />
      <CheckPortDialog />
      <AddConnectionDialog />
      <Palette />
      <ShortcutsDialog />
    </>
  );
}
