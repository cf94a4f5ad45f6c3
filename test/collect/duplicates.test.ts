import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DuplicateRemover } from '../../server/collect/duplicates.ts';
import { parsed, rowsOf } from './given.ts';

interface Row {
  readonly local?: string;
  readonly remote?: string;
  readonly state?: string;
  readonly inode?: number;
}

const written = ({ local = '0100007F:0050', remote = '0100007F:C000', state = '01', inode = 0 }: Row) =>
  `0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1 0`;

function without(rows: readonly Row[]) {
  const { table } = parsed(rows.map(written).join('\n'));
  const removed = new DuplicateRemover().remove(table);
  return { removed, kept: rowsOf(table).map(({ state, inode }) => ({ state, inode })) };
}

describe('rows of the same addresses', () => {
  test('and the same inode are one socket', () => {
    expect(without([{ inode: 5 }, { inode: 5 }])).toEqual({
      removed: 1,
      kept: [{ state: 'ESTABLISHED', inode: 5 }],
    });
  });

  test('are one connection that went on while it was listed: the later row is the newer', () => {
    expect(without([{ inode: 5 }, { state: '06', inode: 0 }])).toEqual({
      removed: 1,
      kept: [{ state: 'TIME_WAIT', inode: 0 }],
    });
    expect(without([{ state: '03' }, { inode: 9 }])).toEqual({
      removed: 1,
      kept: [{ state: 'ESTABLISHED', inode: 9 }],
    });
  });

  test('and two inodes are two sockets: listeners with SO_REUSEPORT', () => {
    const listener = { remote: '00000000:0000', state: '0A' };
    expect(
      without([
        { ...listener, inode: 1 },
        { ...listener, inode: 2 },
        { ...listener, inode: 1 },
      ]),
    ).toEqual({
      removed: 1,
      kept: [
        { state: 'LISTEN', inode: 1 },
        { state: 'LISTEN', inode: 2 },
      ],
    });
  });
});

test('rows that differ in any part of an address are different sockets', () => {
  const { removed, kept } = without([
    {},
    { local: '0200007F:0050' },
    { local: '0100007F:0051' },
    { remote: '0200007F:C000' },
    { remote: '0100007F:C001' },
  ]);
  expect(removed).toBe(0);
  expect(kept).toHaveLength(5);
});

test('an IPv4-mapped socket and an IPv4 socket of the same addresses are two', () => {
  const { table } = parsed(written({}));
  const mapped = parsed(written({}).replaceAll('0100007F', '0000000000000000FFFF00000100007F'), 6).table;
  table.reserve(2);
  for (const column of ['family', 'state', 'localPort', 'remotePort'] as const)
    table[column][1] = mapped[column][0]!;
  table.localAddress.set(mapped.localAddress.subarray(0, 4), 4);
  table.remoteAddress.set(mapped.remoteAddress.subarray(0, 4), 4);
  table.count = 2;
  expect(new DuplicateRemover().remove(table)).toBe(0);
});

test('of any rows, each socket is kept once, in the order of first sight, as it was last seen', () => {
  const row = fc.record({
    local: fc.constantFrom('0100007F:0050', '0100007F:0051'),
    remote: fc.constantFrom('0100007F:C000', '0200007F:C000', '0100007F:C001'),
    state: fc.constantFrom('01', '08', '0B'),
    inode: fc.constantFrom(1, 2, 3),
  });
  const remover = new DuplicateRemover();
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
      const expected = new Map<string, Row>();
      for (const each of rows) expected.set(`${each.local} ${each.remote} ${each.inode}`, each);
      const { table } = parsed(rows.map(written).join('\n'));
      expect(remover.remove(table)).toBe(rows.length - expected.size);
      expect(rowsOf(table)).toEqual(rowsOf(parsed([...expected.values()].map(written).join('\n')).table));
    }),
  );
});

test('thousands of sockets and as many duplicates are told apart', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    remote: `0100007F:${(i + 1).toString(16).toUpperCase().padStart(4, '0')}`,
  }));
  const { removed, kept } = without([...rows, ...rows]);
  expect([removed, kept.length]).toEqual([5000, 5000]);
});
