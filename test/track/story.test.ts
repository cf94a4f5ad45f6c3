import { describe, expect, test } from 'vitest';
import { findingsOf, findSocket, statesOf } from '../../server/track/story.ts';
import { finding } from '../given.ts';
import { sightOf, watch, type Row } from './given.ts';

const AT = Date.UTC(2026, 0, 2);

function storyOf(...states: readonly Row['state'][]) {
  const watched = watch(10);
  watched.pass([]);
  let pass = watched.pass([]);
  for (const state of states) pass = watched.pass([{ state: state!, inode: state === 'TIME_WAIT' ? 0 : 5 }]);
  const { id } = sightOf(pass);
  return { found: findSocket([pass.view], id.toString(36))!, view: pass.view };
}

describe("a socket's story", () => {
  test('tells the states that it was seen in and when it came into each', () => {
    const { found } = storyOf('ESTABLISHED', 'ESTABLISHED', 'FIN_WAIT2', 'TIME_WAIT');
    expect(statesOf(found, AT)).toEqual([
      { state: 'ESTABLISHED', enteredAt: new Date(AT - 30_000).toISOString(), exact: true },
      { state: 'FIN_WAIT2', enteredAt: new Date(AT - 10_000).toISOString(), exact: true },
      { state: 'TIME_WAIT', enteredAt: new Date(AT).toISOString(), exact: true },
    ]);
  });

  test('begins with the first sight, which is no beginning', () => {
    const pass = watch().pass([{ state: 'CLOSE_WAIT' }]);
    expect(statesOf({ view: pass.view, row: 0 }, AT)).toEqual([
      { state: 'CLOSE_WAIT', enteredAt: new Date(AT).toISOString(), exact: false },
    ]);
  });

  test('is remembered of one that is stuck, however many others go to TIME_WAIT meanwhile', () => {
    const watched = watch();
    const stuck: Row = { localPort: 1, inode: 5 };
    watched.pass([]);
    watched.pass([stuck]);
    const crowd = (state: Row['state'], round: number) =>
      Array.from({ length: 25_000 }, (_, i): Row => ({
        state: state!,
        localPort: 2 + (i % 60_000),
        remotePort: 1000 + round,
        inode: state === 'TIME_WAIT' ? 0 : i + 10,
      }));
    let pass = watched.pass([{ ...stuck, state: 'CLOSE_WAIT' }]);
    for (let round = 0; round < 4; round++) {
      for (const state of ['ESTABLISHED', 'TIME_WAIT'] as const) {
        pass = watched.pass([{ ...stuck, state: 'CLOSE_WAIT' }, ...crowd(state, round)]);
      }
    }
    expect(statesOf({ view: pass.view, row: 0 }, AT).map(({ state }) => state)).toEqual([
      'ESTABLISHED',
      'CLOSE_WAIT',
    ]);
  });

  test('names the findings that the socket belongs to', () => {
    const { found } = storyOf('CLOSE_WAIT');
    const findings = [
      finding('10.0.0.1', { fingerprint: 'a', filter: 'state close-wait and dport = :5432' }),
      finding('10.0.0.1', { fingerprint: 'b', filter: 'state established' }),
      // Of the whole host: every socket would be part of it.
      finding('10.0.0.1', { fingerprint: 'c', filter: '' }),
    ];
    expect(findingsOf(found, findings)).toEqual(['a']);
  });

  test.each(['', 'zzz', '~', '0'])('there is none of an id that no socket has: "%s"', (id) => {
    expect(findSocket([storyOf('ESTABLISHED').view], id)).toBeNull();
  });
});
