import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConntrackCount, parseConntrackStat } from '../../server/collect/conntrack.ts';

/** As Linux 6.18 prints it on a machine of two CPUs, with numbers put in. */
const STAT = `entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
0000001f  00000000 00000000 00000000 00000002 00000000 00000000 00000001 00000000 00000003 0000000a 00000001 00000000  00000000 00000000 00000000 00000000
0000001f  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 000000ff 00000000 00000000  00000000 00000000 00000000 00000000
`;

test('hexadecimal columns of each CPU are summed, but for the number of entries, which is of the table', () => {
  expect(parseConntrackStat(STAT)).toEqual([
    ['conntrack.count', 31],
    ['conntrack.insert_failed', 3],
    ['conntrack.drop', 265],
    ['conntrack.early_drop', 1],
  ]);
});

test('a line that does not match the names is left out', () => {
  expect(
    parseConntrackStat(`entries drop\n00000002 00000001\n00000002\n00000002 zz\n00000002 00000003\n`),
  ).toEqual([
    ['conntrack.count', 2],
    ['conntrack.drop', 4],
  ]);
  expect(parseConntrackStat('entries drop\n')).toEqual([]);
});

test('the count is a decimal number, or nothing', () => {
  expect(parseConntrackCount('12345\n')).toEqual([['conntrack.count', 12_345]]);
  expect(parseConntrackCount('-1')).toEqual([]);
});

test('any text throws nothing and gives numbers', () => {
  const word = fc.constantFrom('entries', 'drop', 'early_drop', '0000000a', '\n', 'x', ' ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        for (const [name, value] of [...parseConntrackStat(text), ...parseConntrackCount(text)]) {
          expect(name).toMatch(/^conntrack\./);
          expect(value).toBeGreaterThanOrEqual(0);
        }
      },
    ),
  );
});
