/** What changed from one state to the next, by top-level key. */
export interface Changes<T extends object> {
  /** The keys whose value is another than in the state before, with their new values; all of them the first time. */
  since(state: T): Partial<T>;
}

/** Values are compared by their JSON, which is what clients get: once for each state, however many clients there are. */
export function createChanges<T extends object>(): Changes<T> {
  let before = new Map<string, string | undefined>();
  return {
    since(state) {
      const now = new Map<string, string | undefined>();
      const changed: Partial<T> = {};
      for (const key of Object.keys(state) as (keyof T & string)[]) {
        const text = JSON.stringify(state[key]) as string | undefined;
        now.set(key, text);
        if (text !== before.get(key) || !before.has(key)) changed[key] = state[key];
      }
      before = now;
      return changed;
    },
  };
}
