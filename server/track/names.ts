import type { View } from '../model/snapshot.ts';

/** Each process's name as a number from 1, in the order of the names; equal names have the same. 0: no process. */
export function namesOf(view: View): { rank: number[]; name: string[] } {
  const name = [...new Set(view.processes.map((process) => process.name))].sort();
  const numberOf = new Map(name.map((text, i) => [text, i + 1]));
  return { rank: view.processes.map((process) => numberOf.get(process.name) ?? 0), name };
}
