import { Dialog } from "@base-ui/react/dialog";
import { Command } from "cmdk";
import { useState } from "react";
import { useStore } from "zustand";
import { containersStore } from "../stores/containers.ts";
import { imagesStore } from "../stores/images.ts";
import { StateGlyph } from "../ui/display/StateGlyph.tsx";
import { containerCommands, globalCommands, imageCommands, type PaletteCommand } from "./commands.tsx";
import { windowStore } from "./window-store.ts";
import css from "./App.module.css";

/** Most objects of one kind that are offered at once; typing narrows them. */
const most = 40;

/** Every action and every object, by typing part of its name. */
export function Palette() {
  const open = useStore(windowStore, (state) => state.palette);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => windowStore.setState({ palette: next })}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css["scrim"]} />
        <Dialog.Viewport className={css["palette"]}>
          <Dialog.Popup className={css["paletteBox"]} aria-label="Commands">
            <Content />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Content() {
  const [query, setQuery] = useState("");
  const containers = useStore(containersStore, (state) => state.rows);
  const images = useStore(imagesStore, (state) => state.rows);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const actions = globalCommands().filter((command) => fits(command.label + (command.keywords ?? "")));
  const objects = containers.filter((row) => words.length === 0 || words.some((word) => row.name.toLowerCase().includes(word) || row.image.toLowerCase().includes(word))).slice(0, most);
  const ofContainers = objects.flatMap((row) => containerCommands(row).filter((command, index) => (words.length === 0 ? index === 0 : fits(`${command.label} ${row.image}`)))).slice(0, most);
  const ofImages = images.flatMap((row) => imageCommands(row)).filter((command) => words.length > 0 && fits(command.label)).slice(0, most);
  return (
    <Command label="Commands" shouldFilter={false} loop>
      <Command.Input autoFocus className={css["paletteInput"]} placeholder="Type a command or a name" value={query} onValueChange={setQuery} />
      <Command.List className={css["paletteList"]} label="Commands">
        <Command.Empty className={css["paletteEmpty"]}>Nothing matches “{query}”.</Command.Empty>
        <Group title="Containers" commands={words.length > 0 ? ofContainers : []} />
        <Group title="Images" commands={ofImages} />
        <Group title="Commands" commands={actions} />
        <Group title="Containers" commands={words.length === 0 ? ofContainers.slice(0, 8) : []} />
      </Command.List>
    </Command>
  );
}

function Group({ title, commands }: { readonly title: string; readonly commands: readonly PaletteCommand[] }) {
  if (commands.length === 0) return null;
  return (
    <Command.Group heading={title}>
      {commands.map((command) => (
        <Command.Item
          key={command.id}
          value={command.id}
          className={css["paletteItem"]}
          onSelect={() => {
            windowStore.setState({ palette: false });
            command.run();
          }}
        >
          {command.glyph ? <StateGlyph state={command.glyph} /> : command.icon}
          <span className="cut">{command.label}</span>
          {command.hint && <span className={css["paletteHint"]}>{command.hint}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
