/** Set-up of end-to-end test files: a failure's message says what the windows showed. */
import { afterEach } from "vitest";
import { whatWasShown } from "./what-was-shown.ts";

afterEach(async ({ task }) => {
  const lines = await whatWasShown();
  const error = task.result?.errors?.[0];
  if (error !== undefined) error.message = [error.message, ...lines].join("\n");
});
