export function haveSameKeys(a: object, b: object): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key));
}

/** The keys of `now` whose values are others than in `old`, by their JSON, which is what clients get. */
export function valuesThatDiffer<T extends object>(old: T, now: T): Partial<T> {
  const values: Partial<T> = {};
  for (const key of Object.keys(now) as (keyof T)[]) {
    if (JSON.stringify(old[key]) !== JSON.stringify(now[key])) values[key] = now[key];
  }
  return values;
}
