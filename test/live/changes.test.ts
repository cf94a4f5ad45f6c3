import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChanges } from '../../server/live/changes.ts';
import type { Delta, LiveState } from '../../server/model/live.ts';
import { advance, type Picture } from '../../web/stream.ts';
import { busy, UP } from '../api/given.ts';

type Rest = Delta['set'];

const processes = fc.array(
  fc.record(
    {
      pid: fc.nat(3),
      name: fc.constantFrom('nginx', 'java'),
      unit: fc.constantFrom(null, 'orders.service'),
      byState: fc.record({ CLOSE_WAIT: fc.nat(2) }),
      more: fc.nat(1),
    },
    { requiredKeys: ['pid', 'name', 'unit', 'byState'] },
  ),
  { maxLength: 4 },
);
const state = fc
  .record({
    at: fc.nat(2),
    complete: fc.boolean(),
    undecided: fc.array(fc.constantFrom('a', 'b')),
    processes,
  })
  .map((some) => some as unknown as Rest);

test('whatever becomes of the lists, a page that takes the changes has them as they are', () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 2, maxLength: 5 }), (states) => {
      const changes = createChanges<Rest>();
      let picture: Picture = {
        epoch: 'e',
        sequence: 0,
        state: { ...changes.since(states[0]!).set, findings: [] } as unknown as LiveState,
        status: UP,
        history: { at: [Infinity], byState: {} as Picture['history']['byState'] },
      };
      for (const [index, next] of states.slice(1).entries()) {
        const delta = { epoch: 'e', sequence: index + 1, ...changes.since(next) };
        const after = advance(picture, JSON.parse(JSON.stringify(delta)) as Delta);
        expect(after?.state).toEqual({ ...next, findings: [] });
        picture = after!;
      }
    }),
  );
});

test('of a list with one item that changed, the page gets that one and keeps the others', () => {
  const first = { ...busy().processes[0]!, pid: 1 };
  const second = { ...first, pid: 2, descriptors: 10 };
  const changes = createChanges<Rest>();
  changes.since({ processes: [first, second] });
  expect(changes.since({ processes: [{ ...first }, { ...second, descriptors: 11 }] })).toEqual({
    set: {},
    items: { processes: [[1, { descriptors: 11 }]] },
  });
});

test('a list that grew, or of which all changed, comes whole', () => {
  const changes = createChanges<Rest>();
  const one = busy().processes[0]!;
  changes.since({ processes: [one] });
  expect(changes.since({ processes: [one, one] })).toEqual({ set: { processes: [one, one] }, items: {} });
  const another = Object.fromEntries(Object.keys(one).map((key) => [key, 'another']));
  changes.since({ processes: [one] });
  expect(changes.since({ processes: [another] } as unknown as Rest)).toEqual({
    set: { processes: [another] },
    items: {},
  });
});
