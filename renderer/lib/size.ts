const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/**
 * A size in decimal units with three figures, as docker prints it: "0 B", "12.3 MB", "1.45 GB".
 * @param bytes number of bytes, not negative
 */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? String(Math.round(value)) : value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
  return `${digits} ${units[unit]}`;
}

/** A rate, as size a second. */
export function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`;
}
