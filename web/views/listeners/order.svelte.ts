import { asBefore } from './order.ts';

/** Keeps the rows of a table where they are while a pointer or the focus is on one. */
export class Order {
  #held = $state(false);
  #wanted = '';
  #keys: readonly string[] = [];

  hold(held: boolean): void {
    this.#held = held;
  }

  /** `sorted` in the order to show; another `wanted` order is taken at once. */
  keep<T extends { readonly key: string }>(sorted: readonly T[], wanted: string): readonly T[] {
    const kept = this.#held && wanted === this.#wanted ? asBefore(sorted, this.#keys) : sorted;
    this.#wanted = wanted;
    this.#keys = kept.map(({ key }) => key);
    return kept;
  }
}
