import { haveSameKeys, valuesThatDiffer } from './differences.ts';

/** What changed from one state to the next, by top-level key. */
export interface Changes<T extends object> {
  /** All keys the first time. */
  since(state: T): Changed<T>;
}

interface Changed<T extends object> {
  /** The keys whose value is another than in the state before, with their new values. */
  readonly set: Partial<T>;
  /** By the key of a list: for each item that changed its index and what changed of it. Such a list is not in `set`. */
  readonly items: Readonly<Record<string, readonly ItemChange[]>>;
}

type ItemChange = readonly [index: number, values: object];

/** Values are compared by their JSON, which is what clients get: once for each state, however many clients there are. */
export function createChanges<T extends object>(): Changes<T> {
  let before = new Map<string, { readonly value: unknown; readonly text: string | undefined }>();
  return {
    since(state) {
      const now: typeof before = new Map();
      const set: Partial<T> = {};
      const items: Record<string, readonly ItemChange[]> = {};
      for (const key of Object.keys(state) as (keyof T & string)[]) {
        const value = state[key];
        const text = JSON.stringify(value) as string | undefined;
        now.set(key, { value, text });
        const old = before.get(key);
        if (old && old.text === text) continue;
        const changed = itemChanges(old?.value, value);
        if (changed && JSON.stringify(changed).length < (text?.length ?? 0)) items[key] = changed;
        else set[key] = value;
      }
      before = now;
      return { set, items };
    },
  };
}

/** What became of the items of a list; null where it is not the same list with some of its values changed. */
function itemChanges(before: unknown, now: unknown): ItemChange[] | null {
  if (!areObjects(before) || !areObjects(now) || before.length !== now.length) return null;
  const changes: ItemChange[] = [];
  for (const [index, item] of now.entries()) {
    const old = before[index]!;
    if (!haveSameKeys(old, item)) return null;
    const values = valuesThatDiffer(old, item);
    if (Object.keys(values).length > 0) changes.push([index, values]);
  }
  return changes;
}

function areObjects(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
