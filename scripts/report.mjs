// How the scripts speak: plain lines on standard error, and no stack trace for what a person can put right.

/** A failure that a person can put right: shown as it is, without a stack. */
export class Problem extends Error {
  /**
   * @param {string} message what is wrong and what to do
   * @param {number} exitCode
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {string} line what is being done, for a person who waits */
export function say(line) {
  process.stderr.write(`slipway: ${line}\n`);
}

/**
 * Reports a failure and sets the exit code.
 * @param {unknown} error
 */
export function fail(error) {
  if (error instanceof Problem) {
    process.stderr.write(`slipway: ${error.message}\n`);
    process.exitCode = error.exitCode;
    return;
  }
  process.stderr.write(`slipway: unexpected failure\n${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
