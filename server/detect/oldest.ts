import type { View } from '../model/snapshot.ts';

/** The age of the oldest of these sockets, 0 without any; exact if that of one so old is. */
export function ageOf({ sockets: { ageSeconds, ageExact } }: View, rows: readonly number[]) {
  let oldestAgeSeconds = 0;
  let exact = false;
  for (const row of rows) {
    const age = ageSeconds[row]!;
    if (age < oldestAgeSeconds) continue;
    exact = ageExact[row] === 1 || (exact && age === oldestAgeSeconds);
    oldestAgeSeconds = age;
  }
  return { oldestAgeSeconds, ageExact: exact };
}
