import type { ComponentProps, ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { Tip } from "../overlay/Tip.tsx";
import css from "./Button.module.css";

export interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: "primary" | "secondary" | "ghost" | "danger" | undefined;
  readonly size?: "normal" | "small" | undefined;
  readonly icon?: ReactNode;
}

/** A button with a word, optionally with an icon before it. */
export function Button({ variant = "secondary", size = "normal", icon, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={cx(css["button"], css[variant], size === "small" && css["small"], className)} {...rest}>
      {icon}
      <span className="cut">{children}</span>
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  /** What it does, for the tooltip and for screen readers; names the object where many look alike ("Stop web-1"). */
  readonly label: string;
  /** Shorter text for the tooltip, where the label repeats the name of the row. */
  readonly tip?: string | undefined;
  readonly shortcut?: string | undefined;
  readonly danger?: boolean;
  readonly pressed?: boolean | undefined;
}

/** A square button that shows only an icon; its label is in the tooltip. */
export function IconButton({ label, tip, shortcut, danger, pressed, className, children, type = "button", ...rest }: IconButtonProps) {
  return (
    <Tip text={tip ?? label} shortcut={shortcut}>
      <button type={type} aria-label={label} aria-pressed={pressed} className={cx(css["icon"], danger && css["iconDanger"], className)} {...rest}>
        {children}
      </button>
    </Tip>
  );
}

export interface LinkButtonProps extends ComponentProps<"a"> {
  readonly variant?: ButtonProps["variant"];
  readonly icon?: ReactNode;
}

/** A link that looks like a button: what it leads to is an address, such as a download. */
export function LinkButton({ variant = "secondary", icon, className, children, ...rest }: LinkButtonProps) {
  return (
    <a className={cx(css["button"], css[variant], className)} draggable={false} {...rest}>
      {icon}
      <span className="cut">{children}</span>
    </a>
  );
}
