import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SORT_KEYS } from '../../server/model/api.ts';
import { HOME, nextSort, RANGES, readPlace, writePlace, type Place, type Sort } from '../../web/place.ts';

const places: fc.Arbitrary<Place> = fc.record({
  filter: fc.string({ unit: 'grapheme' }),
  sort: fc.constantFrom(...SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`])),
  rangeSeconds: fc.constantFrom(...RANGES),
  language: fc.constantFrom(null, 'en' as const, 'zh-CN' as const),
});

test('every place is read back from the address that was written for it', () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(readPlace(writePlace(place))).toEqual(place);
    }),
  );
});

test('a page at its defaults has no query at all', () => {
  expect(writePlace(HOME)).toBe('');
});

test('what cannot be understood in an address is left at its default', () => {
  expect(readPlace('?sort=constructor&range=7&lang=tlh')).toEqual(HOME);
});

test('no query throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void readPlace(text)));
});

test('a column of sizes sorts the largest first, one of names from the start; again turns it round', () => {
  expect(nextSort('state', 'age')).toBe('-age');
  expect(nextSort('-age', 'age')).toBe('age');
  expect(nextSort('-age', 'process')).toBe('process');
  expect(nextSort('process', 'process')).toBe('-process');
});
