import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CookieDuplicates } from '../../server/collect/cookie-duplicates.ts';
import { SocketTable } from '../../server/model/socket-table.ts';

/** A table with these cookies, and the number of each row as its inode. */
function tableOf(cookies: readonly number[]): SocketTable {
  const table = new SocketTable(1);
  table.reserve(cookies.length);
  table.count = cookies.length;
  table.cookie.set(cookies);
  for (const row of cookies.keys()) table.inode[row] = row;
  return table;
}

test('of the rows with one cookie the last stays, in the place of the first', () => {
  const table = tableOf([7, 8, 7, 9, 7]);
  expect(new CookieDuplicates().remove(table)).toBe(2);
  expect([...table.inode.subarray(0, table.count)]).toEqual([4, 1, 3]);
});

test('rows without a cookie are left alone', () => {
  const table = tableOf([0, 0, 5, 0]);
  expect(new CookieDuplicates().remove(table)).toBe(0);
  expect(table.count).toBe(4);
});

test('one of each cookie stays, whatever they are, time and again', () => {
  const duplicates = new CookieDuplicates();
  // Few values, values that share their low bits, and values beyond 32 bits.
  const cookie = fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.nat(50).map((n) => 1 + n * 0x1_0000_1000),
  );
  fc.assert(
    fc.property(fc.array(cookie, { maxLength: 3000 }), (cookies) => {
      const table = tableOf(cookies);
      const removed = duplicates.remove(table);
      const kept = [...table.cookie.subarray(0, table.count)];
      expect(kept).toEqual([...new Set(cookies)]);
      expect(removed).toBe(cookies.length - kept.length);
    }),
  );
});

test('one of each cookie stays where most come in the order of the table before', () => {
  // What may happen to the socket at a place: it goes, it is listed here too, or a new one comes before it.
  const edit = fc.record({
    at: fc.nat(199),
    what: fc.constantFrom('gone', 'twice', 'new'),
    number: fc.nat(199),
  });
  fc.assert(
    fc.property(fc.array(fc.array(edit, { maxLength: 40 }), { maxLength: 6 }), (passes) => {
      const duplicates = new CookieDuplicates();
      let cookies = Array.from({ length: 200 }, (_, i) => i + 1);
      let last = 200;
      for (const edits of passes) {
        const listed = [...cookies];
        for (const { at, what, number } of edits) {
          const place = at % Math.max(1, listed.length);
          if (what === 'gone') listed.splice(place, 1 + (number % 50));
          else listed.splice(place, 0, what === 'new' ? ++last : (cookies[number] ?? ++last));
        }
        const table = tableOf(listed);
        expect(duplicates.remove(table)).toBe(listed.length - table.count);
        // Of each cookie the last row, which its inode tells, in the order of the first ones.
        const expected = [...new Set(listed)].map((cookie) => [cookie, listed.lastIndexOf(cookie)]);
        const kept = Array.from({ length: table.count }, (_, row) => [table.cookie[row], table.inode[row]]);
        expect(kept).toEqual(expected);
        cookies = expected.map(([cookie]) => cookie!);
      }
    }),
  );
});
