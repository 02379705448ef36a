import type { GlyphState } from "../../lib/glyph.ts";
import { Tip } from "../overlay/Tip.tsx";
import { StateGlyph } from "./StateGlyph.tsx";
import css from "./ObjectLink.module.css";

/** A container as a link: its state as a shape, its name. */
export function ObjectLink({ to, name, glyph, words }: { readonly to: string; readonly name: string; readonly glyph: GlyphState; readonly words: string }) {
  return (
    <a className={css["link"]} href={to} draggable={false}>
      <Tip text={words}><span><StateGlyph state={glyph} label={words} /></span></Tip>
      <span className="cut" title={name.length > 28 ? name : undefined}>{name}</span>
    </a>
  );
}

/** The first of several users of an object, and how many more there are. */
export function Users({ names }: { readonly names: readonly string[] }) {
  const [first] = names;
  if (first === undefined) return null;
  return (
    <Tip text={names.length > 12 ? `${names.slice(0, 12).join(", ")} and ${names.length - 12} more` : names.join(", ")}>
      <span className={css["users"]}><span className="cut">{first}</span>{names.length > 1 && <span className="quiet">+{names.length - 1}</span>}</span>
    </Tip>
  );
}
