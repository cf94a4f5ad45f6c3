import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SORT_KEYS } from '../../server/model/api.ts';
import { VIEWS } from '../../server/model/views.ts';
import {
  changed,
  HOME,
  nextSort,
  RANGES,
  readPlace,
  writePlace,
  type Place,
  type Sort,
} from '../../web/place.ts';

const moments = fc.option(fc.integer({ min: 0, max: 4e12 }));
const words = fc.stringMatching(/^[a-zA-Z]{1,20}$/);
const ids = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/\p{Cs}/u.test(text));

const places: fc.Arbitrary<Place> = fc
  .record({
    view: fc.constantFrom(...VIEWS),
    id: fc.option(ids),
    group: fc.option(words),
    columns: fc.option(fc.array(words, { minLength: 1, maxLength: 20 })),
    at: moments,
    range: fc.option(fc.tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 2e12 }))),
    filter: fc.string({ unit: 'grapheme' }),
    sort: fc.constantFrom(...SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`])),
    rangeSeconds: fc.constantFrom(...RANGES),
    language: fc.constantFrom(null, 'en' as const, 'zh-CN' as const),
  })
  .map(({ range, ...rest }) => {
    const [from, to] = range ? [range[0], range[0] + range[1]] : [null, null];
    const possible = rest.view === 'overview' || (rest.view === 'finding' && rest.id === null);
    const view = possible ? ({ view: rest.filter === '' ? 'overview' : 'sockets', id: null } as const) : {};
    return { ...rest, ...view, from, to };
  });

const addressOf = (place: Place) => new URL(writePlace(place), 'http://localhost');
const readQuery = (search: string) => readPlace({ pathname: '/', search });

test('every place is read back from the address that was written for it', () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(readPlace(addressOf(place))).toEqual(place);
    }),
  );
});

test('a page at its defaults has no query at all', () => {
  expect(writePlace(HOME)).toBe('/');
});

test('what cannot be understood in an address is left at its default', () => {
  expect(
    readQuery('?sort=constructor&range=7&lang=tlh&from=x&to=2026-01-01&at=&group=1&columns=%00'),
  ).toEqual(HOME);
});

test('no query throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void readQuery(text)));
});

test('a column of sizes sorts the largest first, one of names from the start; again turns it round', () => {
  expect(nextSort('state', 'age')).toBe('-age');
  expect(nextSort('-age', 'age')).toBe('age');
  expect(nextSort('-age', 'process')).toBe('process');
  expect(nextSort('process', 'process')).toBe('-process');
});

test('links of before the views had paths still open', () => {
  const pathname = '/';
  expect(readPlace({ pathname, search: '', hash: '#finding-0123456789abcdef' })).toMatchObject({
    view: 'finding',
    id: '0123456789abcdef',
  });
  expect(readPlace({ pathname, search: '?filter=state%20close-wait' })).toMatchObject({
    view: 'sockets',
    filter: 'state close-wait',
  });
});

test('another view begins without the filter and the selection of the one before, at the same time and in the same language', () => {
  const there: Place = { ...HOME, view: 'sockets', id: '7', filter: 'age > 1s', at: 5, language: 'en' };
  expect(changed(there, { view: 'alerts' })).toEqual({ ...HOME, view: 'alerts', at: 5, language: 'en' });
  expect(changed(there, { sort: 'pid' })).toEqual({ ...there, sort: 'pid' });
});
