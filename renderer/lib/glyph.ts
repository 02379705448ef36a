/** What an object is doing, as far as a glance needs it; each has a shape of its own. */
export type GlyphState = "running" | "paused" | "exited" | "failed" | "created" | "busy" | "unhealthy" | "dead";
