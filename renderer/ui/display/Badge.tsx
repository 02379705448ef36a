import type { ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import css from "./Display.module.css";

export interface BadgeProps {
  readonly tone?: "neutral" | "success" | "warning" | "danger" | "info" | "accent";
  readonly children: ReactNode;
}

/** A short word about an object. */
export function Badge({ tone = "neutral", children }: BadgeProps) {
  return <span className={cx(css["badge"], css[tone])}>{children}</span>;
}
