import { Dialog } from "@base-ui/react/dialog";
import { Command } from "cmdk";
import { useState } from "react";
import { useStore } from "zustand";
import { containersStore } from "../stores/containers.ts";
import { imagesStore } from "../stores/images.ts";
import { StateGlyph } from "../ui/display/StateGlyph.tsx";
import { findCommands, type PaletteCommand } from "./commands.tsx";
import { windowStore } from "./window-store.ts";
import css from "./App.module.css";

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
  const [chosen, setChosen] = useState("");
  const containers = useStore(containersStore, (state) => state.rows);
  const images = useStore(imagesStore, (state) => state.rows);
  const groups = findCommands(query, containers, images);
  const ids = groups.flatMap((group) => group.commands.map((command) => command.id));
  return (
    <Command label="Commands" shouldFilter={false} loop value={ids.includes(chosen) ? chosen : (ids[0] ?? "")} onValueChange={setChosen}>
      <Command.Input autoFocus className={css["paletteInput"]} placeholder="Type a command or a name" value={query} onValueChange={(text) => { setQuery(text); setChosen(""); }} />
      <Command.List key={query} className={css["paletteList"]} label="Commands">
        <Command.Empty className={css["paletteEmpty"]}>Nothing matches “{query}”.</Command.Empty>
        {groups.map((group) => <Group key={group.title} title={group.title} commands={group.commands} />)}
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
