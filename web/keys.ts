import type { View } from '../server/model/views.ts';

/** After `g`, the letter of a view. */
const VIEW_KEYS = {
  o: 'overview',
  s: 'sockets',
  p: 'listeners',
  a: 'alerts',
  l: 'learn',
} as const satisfies Readonly<Record<string, View>>;

export function jumpTo(key: string): View | null {
  return Object.hasOwn(VIEW_KEYS, key) ? VIEW_KEYS[key as keyof typeof VIEW_KEYS] : null;
}
