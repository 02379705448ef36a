import type { ErrorCode } from "../base/errors.ts";

/** The one table from the engine's error codes to HTTP statuses, as Docker's clients expect them. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  notFound: 404,
  alreadyExists: 409,
  conflict: 409,
  notModified: 304,
  invalidArgument: 400,
  unauthorized: 401,
  forbidden: 403,
  unavailable: 503,
  deadlineExceeded: 504,
  cancelled: 499,
  resourceExhausted: 507,
  notImplemented: 501,
  dataLoss: 500,
  commandNotFound: 400,
  commandNotExecutable: 400,
  internal: 500,
};
