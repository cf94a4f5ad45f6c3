import { changed, readPlace, writePlace, type Place } from './place.ts';

/** The page's place as state: read from the address bar, written back to it, right again after Back and Forward. */
class CurrentPlace {
  #place = $state.raw<Place>(readPlace(location));

  constructor() {
    const address = writePlace(this.#place);
    if (address !== location.pathname + location.search || location.hash) {
      history.replaceState(null, '', address + (location.hash.startsWith('#finding-') ? '' : location.hash));
    }
    addEventListener('popstate', () => (this.#place = readPlace(location)));
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
    const next = changed(this.#place, change);
    const address = writePlace(next);
    if (address === writePlace(this.#place)) return;
    this.#place = next;
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
