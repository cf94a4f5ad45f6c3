import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InodeHolders } from '../../server/collect/inode-holders.ts';

const inode = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffff_ffff }));
const step = fc.oneof(
  fc.record({ op: fc.constant('set' as const), inode, holder: fc.integer() }),
  fc.record({ op: fc.constant('keepOnly' as const), present: fc.array(inode) }),
);

test('whatever is set and forgotten, it holds what a Map would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(inode), (steps, asked) => {
      const holders = new InodeHolders<number>();
      const map = new Map<number, number>();
      for (const each of steps) {
        if (each.op === 'set') {
          holders.set(each.inode, each.holder);
          map.set(each.inode, each.holder);
        } else {
          holders.keepOnly(new Set(each.present));
          for (const key of map.keys()) if (!each.present.includes(key)) map.delete(key);
        }
      }
      expect(holders.size).toBe(map.size);
      for (const key of [...map.keys(), ...asked]) expect(holders.get(key)).toBe(map.get(key));
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
