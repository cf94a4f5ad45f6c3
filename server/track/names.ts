import type { Process, View } from '../model/snapshot.ts';

/**
 * Of each process a text, such as its name, as a number from 1 in the order of the texts; equal texts have the same, and 0
 * is none. `texts`: each by its number less one.
 */
export function ranksOf(
  view: View,
  textOf: (process: Process) => string | null,
): { ranks: number[]; texts: string[] } {
  const texts = [...new Set(view.processes.map(textOf))].filter((text) => text !== null).sort();
  const rankOf = new Map<string | null, number>(texts.map((text, i) => [text, i + 1]));
  return { ranks: view.processes.map((process) => rankOf.get(textOf(process)) ?? 0), texts };
}
