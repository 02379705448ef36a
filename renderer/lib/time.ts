const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * How long ago, in the fewest words: "now", "12 s ago", "3 min ago", "2 h ago", "5 d ago", then months and years.
 * @param at Unix time in milliseconds
 * @param now Unix time in milliseconds
 */
export function relativeTime(at: number, now: number): string {
  const age = now - at;
  if (age < 5 * second) return "now";
  return `${span(age)} ago`;
}

/**
 * How long something has lasted: "4 s", "3 min", "2 h 5 min", "5 d 3 h".
 * @param since Unix time in milliseconds
 * @param now Unix time in milliseconds
 */
export function uptime(since: number, now: number): string {
  const age = Math.max(0, now - since);
  if (age >= day && age < 30 * day) return join(Math.floor(age / day), "d", Math.floor((age % day) / hour), "h");
  if (age >= hour && age < day) return join(Math.floor(age / hour), "h", Math.floor((age % hour) / minute), "min");
  return span(age);
}

/** How long it has been, in one unit: "4 s", "2 h", "1 month". */
export function roughly(since: number, now: number): string {
  return span(Math.max(0, now - since));
}

/**
 * How long it is until then, in the fewest words, rounded: "now", "in 3 min", "in 24 h", "in 7 d".
 * @param at Unix time in milliseconds
 * @param now Unix time in milliseconds
 */
export function timeUntil(at: number, now: number): string {
  const left = at - now;
  if (left < 5 * second) return "now";
  if (left < minute) return `in ${Math.round(left / second)} s`;
  if (left < hour) return `in ${Math.round(left / minute)} min`;
  return left < 2 * day ? `in ${Math.round(left / hour)} h` : `in ${Math.round(left / day)} d`;
}

/** Making one costs more than a hundred uses. */
let exact: Intl.DateTimeFormat | undefined;

/** Date and time to the second with its offset, for tooltips. */
export function exactTime(at: number): string {
  exact ??= new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  return exact.format(at);
}

/**
 * A measured duration: "850 ms", "1.2 s", "3 min", "3 min 5 s".
 * @param ms milliseconds
 */
export function duration(ms: number): string {
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${Number((ms / second).toFixed(1))} s`;
  if (ms < hour) return join(Math.floor(ms / minute), "min", Math.round((ms % minute) / second), "s");
  return join(Math.floor(ms / hour), "h", Math.round((ms % hour) / minute), "min");
}

/** A measured duration, finer where milliseconds are few: "0.02 ms", "0.4 ms", "12 ms", "1.2 s". */
export function took(ms: number): string {
  if (ms < 0.095) return `${ms.toFixed(2)} ms`;
  return ms < 9.95 ? `${ms.toFixed(1)} ms` : duration(ms);
}

function span(age: number): string {
  if (age < minute) return `${Math.max(1, Math.floor(age / second))} s`;
  if (age < hour) return `${Math.floor(age / minute)} min`;
  if (age < day) return `${Math.floor(age / hour)} h`;
  if (age < 30 * day) return `${Math.floor(age / day)} d`;
  if (age < 365 * day) return plural(Math.floor(age / (30 * day)), "month");
  return plural(Math.floor(age / (365 * day)), "year");
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** "1 image", "2 images". */
export function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
