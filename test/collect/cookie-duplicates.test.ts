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
