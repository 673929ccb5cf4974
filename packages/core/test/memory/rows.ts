import type { Rows } from '../../src/data.js';

/** Rows whose input, target and extra can be told apart: x = [id, id + 0.5], y = label, task, extra 'logits' = [−id]. */
export function rowsOf(ids: readonly number[], label: (id: number) => number = () => 0, task: (id: number) => number = () => 0): Rows {
  return {
    count: ids.length,
    x: { values: Float32Array.from(ids.flatMap((id) => [id, id + 0.5])), shape: [2] },
    y: { values: Int32Array.from(ids, label), shape: [] },
    task: Int32Array.from(ids, task),
    extra: { logits: { values: Float32Array.from(ids, (id) => -id), shape: [1] } },
  };
}

/** The ids of rows made by `rowsOf`, checked against the other columns. */
export function idsOf(rows: Rows | null): number[] {
  if (!rows) return [];
  const { values } = rows.x as { values: Float32Array };
  const ids = Array.from({ length: rows.count }, (_, row) => values[2 * row]!);
  ids.forEach((id, row) => {
    if (values[2 * row + 1] !== id + 0.5 || rows.extra!.logits!.values[row] !== -id) throw new Error(`Row ${row} is a mixture.`);
  });
  return ids;
}

export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);
