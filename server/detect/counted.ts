import type { View } from '../model/snapshot.ts';

/** How much a counter of the namespace has risen over the last half minute or so (`view.recent.seconds`). */
export function recently({ recent }: View, counter: string): number {
  return recent.increases[counter] ?? 0;
}

/** The same, a second; 0 where nothing was watched yet. */
export function recentRate(view: View, counter: string): number {
  return view.recent.seconds > 0 ? recently(view, counter) / view.recent.seconds : 0;
}
