/**
 * The items in the order that they stood in before, new ones after them: for as long as somebody points at one of them, none may
 * move away from under the pointer.
 */
export function asBefore<T extends { readonly key: string }>(
  items: readonly T[],
  before: readonly string[],
): T[] {
  const place = new Map(before.map((key, i) => [key, i]));
  const placeOf = ({ key }: T) => place.get(key) ?? before.length;
  return items.toSorted((a, b) => placeOf(a) - placeOf(b));
}
