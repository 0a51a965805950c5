/** @jsxImportSource preact */
/** Tables whose columns sort the rows. */

import { useSignal } from "@preact/signals";

export interface Column<T> {
  readonly id: string;
  readonly label: string;
  readonly number?: boolean;
  /** What the rows are sorted by. */
  value(row: T): string | number;
}

export interface Sorting<T> {
  readonly by: string;
  readonly isDown: boolean;
  choose(id: string): void;
  sorted(rows: readonly T[]): T[];
}

/** Sorts by a column; numbers begin with the largest. */
export function useSorting<T>(columns: readonly Column<T>[], first: string): Sorting<T> {
  const state = useSignal({ by: first, isDown: false });
  const { by, isDown } = state.value;
  return {
    by,
    isDown,
    choose(id) {
      const isNumber = columns.find((column) => column.id === id)?.number === true;
      state.value = { by: id, isDown: id === by ? !isDown : isNumber };
    },
    sorted(rows) {
      const column = columns.find(({ id }) => id === by)!;
      const sign = isDown ? -1 : 1;
      return [...rows].sort((a, b) => sign * compare(column.value(a), column.value(b)));
    },
  };
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function SortableHead<T>(
  { columns, sorting }: { columns: readonly Column<T>[]; sorting: Sorting<T> },
) {
  return (
    <thead>
      <tr>
        {columns.map(({ id, label, number }) => {
          const isOn = sorting.by === id;
          return (
            <th
              key={id}
              class={number ? "number" : ""}
              aria-sort={isOn ? sorting.isDown ? "descending" : "ascending" : "none"}
            >
              <button
                type="button"
                class="sort"
                data-on={isOn ? sorting.isDown ? "down" : "up" : undefined}
                onClick={() => sorting.choose(id)}
              >
                {label}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
