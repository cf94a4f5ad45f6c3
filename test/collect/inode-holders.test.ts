import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InodeHolders } from '../../server/collect/inode-holders.ts';

const inode = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffff_ffff }));
const update = fc.integer({ min: 1, max: 5 });
const step = fc.oneof(
  fc.record({ op: fc.constant('set' as const), inode, holder: fc.option(fc.integer(), { nil: undefined }) }),
  fc.record({ op: fc.constant('meet' as const), inode, update }),
  fc.record({ op: fc.constant('keepSince' as const), update }),
);

test('whatever is set, met and forgotten, it holds what a Map would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(inode), (steps, asked) => {
      const holders = new InodeHolders<number>();
      const map = new Map<number, { holder: number | undefined; met: number }>();
      for (const each of steps) {
        if (each.op === 'set') {
          holders.set(each.inode, each.holder);
          const known = map.get(each.inode);
          if (known) known.holder = each.holder;
          else if (each.holder !== undefined) map.set(each.inode, { holder: each.holder, met: 0 });
        } else if (each.op === 'meet') {
          const known = map.get(each.inode);
          if (known) known.met = each.update;
          expect(holders.meet(each.inode, each.update)).toBe(known?.holder);
        } else {
          holders.keepSince(each.update);
          for (const [key, { holder, met }] of map) {
            if (met < each.update || holder === undefined) map.delete(key);
          }
        }
      }
      expect(holders.size).toBe(map.size);
      for (const key of [...map.keys(), ...asked]) {
        const known = map.get(key);
        expect(holders.get(key)).toBe(known?.holder);
        for (const each of [1, 5]) expect(holders.wasMet(key, each)).toBe(known?.met === each);
      }
    }),
  );
});

test('it grows with a hundred thousand inodes, and inode 0 is nobody’s', () => {
  const holders = new InodeHolders<number>();
  for (let i = 1; i <= 100_000; i++) holders.set(i * 7, i);
  expect(holders.size).toBe(100_000);
  expect([holders.get(7), holders.get(700_000), holders.get(8), holders.get(0)]).toEqual([
    1,
    100_000,
    undefined,
    undefined,
  ]);
});
