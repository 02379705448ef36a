import type { ErrorCode } from "../base/errors.ts";

/** What the `slipway` command exits with for each error: the one table of this border. 2 is wrong usage, as is the custom. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  notFound: 3,
  alreadyExists: 4,
  conflict: 4,
  notModified: 0,
  invalidArgument: 2,
  unauthorized: 5,
  forbidden: 5,
  unavailable: 6,
  deadlineExceeded: 7,
  cancelled: 130,
  resourceExhausted: 8,
  notImplemented: 9,
  dataLoss: 10,
  commandNotFound: 127,
  commandNotExecutable: 126,
  internal: 1,
};
