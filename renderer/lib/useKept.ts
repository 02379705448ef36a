import { useCallback, useState } from "react";

const kept = new Map<string, unknown>();

/** State that is still there when its screen is opened again. Lost with the window. */
export function useKept<T>(key: string, initial: T): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => (kept.has(key) ? (kept.get(key) as T) : initial));
  const change = useCallback((next: T): void => {
    kept.set(key, next);
    setValue(next);
  }, [key]);
  return [value, change];
}
