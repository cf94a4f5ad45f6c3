import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATES } from '../../server/model/state.ts';
import { sightOf, watch, type Row } from './given.ts';

/** Few ports and inodes, so that reuse, twins and misses are frequent. */
const row: fc.Arbitrary<Row> = fc.record({
  state: fc.constantFrom(...STATES),
  family: fc.constantFrom(4 as const, 6 as const),
  localPort: fc.integer({ min: 1, max: 6 }),
  remotePort: fc.integer({ min: 0, max: 2 }),
  inode: fc.integer({ min: 0, max: 4 }),
  recvQueueBytes: fc.integer({ min: 0, max: 3 }),
  timerExpiresMs: fc.integer({ min: 0, max: 70_000 }),
});

const passes = fc.array(
  fc.record({
    rows: fc.array(row, { maxLength: 12 }),
    complete: fc.boolean(),
    after: fc.constantFrom(0, 1, 1, 1, 10),
  }),
  { minLength: 1, maxLength: 12 },
);

test('whatever the tables: ids are unique, ages are never negative, and none goes back within a state', () => {
  fc.assert(
    fc.property(passes, (sequence) => {
      const { pass } = watch();
      let known = new Map<number, { state: string; ageSeconds: number; inode: number }>();
      for (const { rows, complete, after } of sequence) {
        const seen = pass(rows, { complete, after });
        const now = new Map<number, { state: string; ageSeconds: number; inode: number }>();
        for (const [i, { state = '', inode = 0 }] of rows.entries()) {
          const { id, ageSeconds } = sightOf(seen, i);
          expect(now.has(id)).toBe(false);
          expect(ageSeconds).toBeGreaterThanOrEqual(0);
          const before = known.get(id);
          if (before?.state === state) expect(ageSeconds).toBeGreaterThanOrEqual(before.ageSeconds);
          if (before && before.inode !== 0 && inode !== 0) expect(inode).toBe(before.inode);
          now.set(id, { state, ageSeconds, inode });
        }
        known = new Map([...known, ...now]);
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever the tables: the flows account for every socket that is there', () => {
  fc.assert(
    fc.property(passes, (sequence) => {
      const { pass } = watch();
      pass([]);
      let live = 0;
      const passed = (rows: readonly Row[]) => {
        for (const { from, to, perSecond } of pass(rows).flows) {
          if (from === null) live += perSecond;
          if (to === null) live -= perSecond;
        }
      };
      for (const { rows } of sequence) {
        passed(rows);
        // Those missed once or twice still count as there.
        expect(live).toBeGreaterThanOrEqual(rows.length);
      }
      for (let i = 0; i < 3; i++) passed([]);
      expect(live).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('sockets that come and go by the thousand leave nothing behind', () => {
  const { pass } = watch();
  for (let cycle = 0; cycle < 50; cycle++) {
    pass(Array.from({ length: 1000 }, (_, i): Row => ({ localPort: i + 1, inode: cycle * 1000 + i + 1 })));
  }
  pass([]);
  pass([]);
  const { flows } = pass([]);
  expect(flows).toEqual([{ from: 'ESTABLISHED', to: null, perSecond: 1000 }]);
  expect(pass([]).flows).toEqual([]);
});
