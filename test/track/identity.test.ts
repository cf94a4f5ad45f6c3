import { describe, expect, test } from 'vitest';
import { listen, sightOf, watch, type Row } from './given.ts';

describe('age', () => {
  test('what is there on the first pass has a lower bound for an age', () => {
    const { pass } = watch();
    pass([{ state: 'CLOSE_WAIT' }]);
    expect(sightOf(pass([{ state: 'CLOSE_WAIT' }]))).toMatchObject({ ageSeconds: 1, exact: false });
  });

  test('what appears between two passes has an exact age from the pass that saw it first', () => {
    const { pass } = watch();
    pass([]);
    expect(sightOf(pass([{}]))).toMatchObject({ ageSeconds: 0, exact: true });
    expect(sightOf(pass([{}]))).toMatchObject({ ageSeconds: 1, exact: true });
  });

  test('a change of state starts the age anew, exactly, and keeps the id', () => {
    const { pass } = watch();
    pass([{}]);
    const before = sightOf(pass([{}]));
    const after = sightOf(pass([{ state: 'CLOSE_WAIT' }]));
    expect(after).toEqual({ id: before.id, ageSeconds: 0, exact: true });
  });

  test('TIME_WAIT tells its age by its timer, even on the first pass', () => {
    const { pass } = watch();
    const row = (timerExpiresMs: number): Row => ({ state: 'TIME_WAIT', timerExpiresMs });
    expect(sightOf(pass([row(42_000)]))).toMatchObject({ ageSeconds: 18, exact: true });
    expect(sightOf(pass([row(41_000)]))).toMatchObject({ ageSeconds: 19, exact: true });
  });

  test('an age without an inode is a lower bound, since a port used again could not be told', () => {
    const { pass } = watch();
    pass([]);
    expect(sightOf(pass([{ state: 'LAST_ACK', inode: 0 }])).exact).toBe(false);
  });

  test('ages go on through a gap, but what is first seen after it has a lower bound', () => {
    const { pass } = watch();
    pass([]);
    pass([{ localPort: 40001 }]);
    const late = pass([{ localPort: 40001 }, { localPort: 40002 }], { after: 100 });
    expect(late.gapSeconds).toBe(100);
    expect(sightOf(late, 0)).toMatchObject({ ageSeconds: 100, exact: true });
    expect(sightOf(late, 1)).toMatchObject({ ageSeconds: 0, exact: false });
  });

  test('three intervals are no gap yet', () => {
    const { pass } = watch();
    pass([]);
    expect(pass([{}], { after: 3 }).gapSeconds).toBeNull();
  });

  test('a clock that goes back makes no age negative', () => {
    const { pass } = watch();
    pass([{}]);
    expect(sightOf(pass([{}], { monotonicSeconds: 1 })).ageSeconds).toBe(0);
  });
});

describe('identity', () => {
  test('thousands of uses of one port inherit nothing from each other', () => {
    const { pass } = watch();
    pass([]);
    const ids = new Set<number>();
    for (let cycle = 1; cycle <= 3000; cycle++) {
      const sight = sightOf(pass([{ state: 'CLOSE_WAIT', inode: cycle }]));
      ids.add(sight.id);
      expect(sight).toMatchObject({ ageSeconds: 0, exact: true });
    }
    expect(ids.size).toBe(3000);
  });

  test('a port used again is a new socket where the state cannot follow from the old one', () => {
    const { pass } = watch();
    const old = sightOf(pass([{ state: 'TIME_WAIT', timerExpiresMs: 100 }]));
    const fresh = sightOf(pass([{ state: 'ESTABLISHED' }]));
    expect(fresh.id).not.toBe(old.id);
  });

  test('close() takes the inode away and leaves the connection the same', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ inode: 7 }]));
    expect(sightOf(pass([{ state: 'FIN_WAIT2', inode: 0 }])).id).toBe(id);
    expect(sightOf(pass([{ state: 'TIME_WAIT' }])).id).toBe(id);
  });

  test('an owned ESTABLISHED that has no inode any more is another connection, waiting for accept()', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ inode: 7 }]));
    expect(sightOf(pass([{ inode: 0 }])).id).not.toBe(id);
  });

  test('accept() gives an inode and keeps id and age', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ state: 'CLOSE_WAIT', inode: 0 }]));
    expect(sightOf(pass([{ state: 'CLOSE_WAIT', inode: 9 }]))).toMatchObject({ id, ageSeconds: 1 });
  });

  test('a TIME_WAIT with more time left than before is another one', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ state: 'TIME_WAIT', timerExpiresMs: 5000 }]));
    expect(sightOf(pass([{ state: 'TIME_WAIT', timerExpiresMs: 4000 }])).id).toBe(id);
    expect(sightOf(pass([{ state: 'TIME_WAIT', timerExpiresMs: 59_000 }])).id).not.toBe(id);
  });

  test('listeners that share a port are told apart by inode', () => {
    const { pass } = watch();
    const first = pass([listen(80, { inode: 1 }), listen(80, { inode: 2 })]);
    const ids = [sightOf(first, 0).id, sightOf(first, 1).id];
    const swapped = pass([listen(80, { inode: 2 }), listen(80, { inode: 1 })]);
    expect([sightOf(swapped, 1).id, sightOf(swapped, 0).id]).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  test('the same ports of the two families are two connections', () => {
    const { pass } = watch();
    const mapped: Row = { family: 6 };
    const both = pass([{ family: 4 }, mapped]);
    expect(sightOf(both, 0).id).not.toBe(sightOf(both, 1).id);
  });

  test('a connection that one table shows in two states gets two ids, and the next pass finds it again', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ inode: 7 }]));
    const twice = pass([{ inode: 7 }, { state: 'TIME_WAIT' }]);
    expect(sightOf(twice, 0).id).toBe(id);
    expect(sightOf(twice, 1).id).not.toBe(id);
    const after = sightOf(pass([{ state: 'TIME_WAIT', timerExpiresMs: 59_000 }]));
    expect([id, sightOf(twice, 1).id]).toContain(after.id);
  });

  test('the order of the rows does not matter', () => {
    const { pass } = watch();
    const rows = Array.from({ length: 500 }, (_, i): Row => ({ localPort: 40_000 + i }));
    const first = pass(rows);
    const idOf = new Map(rows.map((row, i) => [row.localPort, sightOf(first, i).id]));
    const shuffled = [...rows].sort(
      (a, b) => (((a.localPort ?? 0) * 7919) % 503) - (((b.localPort ?? 0) * 7919) % 503),
    );
    const second = pass(shuffled);
    for (const [i, row] of shuffled.entries()) expect(sightOf(second, i).id).toBe(idOf.get(row.localPort));
  });
});

describe('a socket that a table does not show', () => {
  test.each([1, 2])('keeps id and age if it is missed %i times in a row', (times) => {
    const { pass } = watch();
    pass([]);
    const { id } = sightOf(pass([{ state: 'CLOSE_WAIT' }]));
    for (let i = 0; i < times; i++) pass([]);
    expect(sightOf(pass([{ state: 'CLOSE_WAIT' }]))).toEqual({ id, ageSeconds: times + 1, exact: true });
  });

  test('is gone if it is missed three times in a row', () => {
    const { pass } = watch();
    const { id } = sightOf(pass([{ state: 'CLOSE_WAIT' }]));
    for (let i = 0; i < 3; i++) pass([]);
    const again = sightOf(pass([{ state: 'CLOSE_WAIT' }]));
    expect(again.id).not.toBe(id);
    expect(again.ageSeconds).toBe(0);
  });

  test('has only a lower bound for its new state if it was missed just before', () => {
    const { pass } = watch();
    pass([{}]);
    pass([{}]);
    pass([]);
    expect(sightOf(pass([{ state: 'CLOSE_WAIT' }])).exact).toBe(false);
  });

  test('is never gone because of incomplete tables', () => {
    const { pass } = watch();
    pass([]);
    const { id } = sightOf(pass([{ state: 'CLOSE_WAIT' }]));
    for (let i = 0; i < 5; i++) pass([], { complete: false });
    expect(sightOf(pass([{ state: 'CLOSE_WAIT' }]))).toEqual({ id, ageSeconds: 6, exact: true });
  });

  test('makes what appears after an incomplete table a lower bound', () => {
    const { pass } = watch();
    pass([]);
    pass([], { complete: false });
    expect(sightOf(pass([{}])).exact).toBe(false);
  });
});

describe('flows', () => {
  test('count what came, moved on and went, a second', () => {
    const { pass } = watch(2);
    expect(pass([{ localPort: 1 }]).flows).toEqual([]);
    const moved = pass([{ localPort: 1, state: 'CLOSE_WAIT' }, { localPort: 2 }]);
    expect(moved.flows).toContainEqual({ from: 'ESTABLISHED', to: 'CLOSE_WAIT', perSecond: 0.5 });
    expect(moved.flows).toContainEqual({ from: null, to: 'ESTABLISHED', perSecond: 0.5 });
    for (let i = 0; i < 2; i++) pass([{ localPort: 2 }]);
    expect(pass([{ localPort: 2 }]).flows).toEqual([{ from: 'CLOSE_WAIT', to: null, perSecond: 0.5 }]);
  });

  test('show a port used again as one that went and one that came', () => {
    const { pass } = watch();
    pass([{ inode: 1 }]);
    expect(pass([{ inode: 2 }]).flows).toEqual([
      { from: null, to: 'ESTABLISHED', perSecond: 1 },
      { from: 'ESTABLISHED', to: null, perSecond: 1 },
    ]);
  });
});

describe('cookies', () => {
  test('a connection keeps id through all its states, whatever becomes of the inode', () => {
    const { pass } = watch();
    const ids = (['ESTABLISHED', 'FIN_WAIT2', 'TIME_WAIT'] as const).map(
      (state) => sightOf(pass([{ state, cookie: 5, inode: state === 'ESTABLISHED' ? 7 : 0 }])).id,
    );
    expect(new Set(ids).size).toBe(1);
  });

  test('thousands of uses of one port are told apart without an inode', () => {
    const { pass } = watch();
    pass([]);
    const ids = new Set<number>();
    for (let cookie = 1; cookie <= 3000; cookie++) {
      const sight = sightOf(pass([{ state: 'LAST_ACK', inode: 0, cookie }]));
      ids.add(sight.id);
      expect(sight).toMatchObject({ ageSeconds: 0, exact: true });
    }
    expect(ids.size).toBe(3000);
  });

  test('a TIME_WAIT that begins anew is still the same connection', () => {
    const { pass } = watch();
    const row = (timerExpiresMs: number): Row => ({ state: 'TIME_WAIT', timerExpiresMs, cookie: 5 });
    const { id } = sightOf(pass([row(5000)]));
    expect(sightOf(pass([row(59_000)]))).toMatchObject({ id, ageSeconds: 1 });
  });

  test('id and age outlive a change of source to one without cookies, and back', () => {
    const { pass } = watch();
    pass([], { source: 'sock_diag' });
    const row: Row = { state: 'CLOSE_WAIT', inode: 7 };
    const { id } = sightOf(pass([{ ...row, cookie: 5 }], { source: 'sock_diag' }));
    expect(sightOf(pass([row], { source: 'proc' }))).toEqual({ id, ageSeconds: 1, exact: true });
    expect(sightOf(pass([{ ...row, cookie: 5 }], { source: 'sock_diag' }))).toEqual({
      id,
      ageSeconds: 2,
      exact: true,
    });
    expect(sightOf(pass([{ ...row, cookie: 6 }], { source: 'sock_diag' })).id).not.toBe(id);
  });

  test('what another source shows for the first time was perhaps there before', () => {
    const { pass } = watch();
    pass([], { source: 'proc' });
    const changed = pass([{ cookie: 5 }], { source: 'sock_diag' });
    expect([sightOf(changed).exact, changed.flows]).toEqual([false, []]);
  });
});
