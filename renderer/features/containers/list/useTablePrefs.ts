import { useStore } from "zustand";
import { prefsStore } from "../../../stores/prefs.ts";
import { plainLayout, type Sort, type TableLayout } from "../../../ui/table/columns.ts";

export interface TablePrefsState {
  readonly layout: TableLayout;
  readonly sort: Sort;
  readonly setLayout: (layout: TableLayout) => void;
  readonly setSort: (sort: Sort) => void;
}

/** Columns, widths and order of a list, as this machine remembers them. */
export function useTablePrefs(table: string, order: Sort): TablePrefsState {
  const kept = useStore(prefsStore, (prefs) => prefs.tables[table]);
  const change = (part: Partial<TableLayout & { sort: Sort }>): void => prefsStore.setState(({ tables }) => ({ tables: { ...tables, [table]: { ...plainLayout, ...tables[table], ...part } } }));
  return { layout: kept ?? plainLayout, sort: kept?.sort ?? order, setLayout: ({ shown, widths }) => change({ shown, widths }), setSort: (sort) => change({ sort }) };
}
