import { readPlace, writePlace, type Place } from './place.ts';

/** The page's place as state: read from the address bar, written back to it, right again after Back and Forward. */
class CurrentPlace {
  #place = $state.raw<Place>(readPlace(location.search));

  constructor() {
    addEventListener('popstate', () => (this.#place = readPlace(location.search)));
  }

  get current(): Place {
    return this.#place;
  }

  /** A step of its own: Back returns from it. */
  go(change: Partial<Place>): void {
    this.#write(change, 'pushState');
  }

  /** A refinement, as each letter typed is: Back skips it. */
  adjust(change: Partial<Place>): void {
    this.#write(change, 'replaceState');
  }

  #write(change: Partial<Place>, how: 'pushState' | 'replaceState'): void {
    const next = { ...this.#place, ...change };
    if (writePlace(next) === writePlace(this.#place)) return;
    this.#place = next;
    history[how](null, '', location.pathname + writePlace(next) + location.hash);
  }
}

export const place = new CurrentPlace();
