import { changed, readPlace, writePlace, type Place } from './place.ts';

/**
 * The page's place as state: read from the address bar, written back to it, right again after Back and Forward. While the code
 * of another view is fetched the one before is still shown, and goes on at the place that it had.
 */
class CurrentPlace {
  /** What the address bar says. */
  #wanted = $state.raw<Place>(readPlace(location));
  #shown = $state.raw<Place>(this.#wanted);

  constructor() {
    const address = writePlace(this.#wanted);
    if (address !== location.pathname + location.search || location.hash) {
      history.replaceState(null, '', address + (location.hash.startsWith('#finding-') ? '' : location.hash));
    }
    addEventListener('popstate', () => this.#want(readPlace(location)));
  }

  get current(): Place {
    return this.#shown;
  }

  /** Where the reader has chosen to be. */
  get wanted(): Place {
    return this.#wanted;
  }

  /** The view that is wanted is about to be shown. */
  arrive(): void {
    this.#shown = this.#wanted;
  }

  #want(next: Place): void {
    this.#wanted = next;
    if (next.view === this.#shown.view) this.#shown = next;
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
    const next = changed(this.#wanted, change);
    const address = writePlace(next);
    if (address === writePlace(this.#wanted)) return;
    this.#want(next);
    history[how](null, '', address);
  }
}

export const place = new CurrentPlace();

/** Where a link to a changed place leads; the page follows it without loading anew. */
export function hrefTo(change: Partial<Place>): string {
  return writePlace(changed(place.current, change));
}

/** Takes a click on a link to a place of this page; all others, and those for a new tab, are the browser's. */
export function followed(event: MouseEvent): boolean {
  if (event.defaultPrevented || event.button !== 0) return false;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  const link = (event.target as Element).closest('a');
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return false;
  // Only an address that this page would write: the API and the metrics are documents of their own.
  const next = readPlace(link);
  if (writePlace(next) !== link.pathname + link.search || link.hash) return false;
  event.preventDefault();
  place.go(next);
  return true;
}
