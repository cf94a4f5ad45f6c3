import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SS_STATE, STATES, stateLabel, zeroByState, type State } from '../../server/model/state.ts';
import { sample, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

type Counts = Record<State, number>;

describe('on a quiet namespace with sockets in many states', () => {
  let world: World;
  let halfclose: Halfclose;

  beforeAll(async () => {
    if (!isolated) return;
    world = new World();
    // Packets to it come back on loopback, where nobody is at home: a connection stays in SYN_SENT.
    execFileSync('ip', ['route', 'add', '192.0.2.0/24', 'dev', 'lo']);
    for (const host of ['127.0.0.1', '::1']) {
      const closing = await world.server('closing', host);
      await world.client('leaks', closing.port, host).does('leak 3');
      await world.client('polite', closing.port, host).does('polite 4');
      const sound = await world.server('sound', host);
      await world.client('stays', sound.port, host).does('open 5');
      await world.client('cycles', sound.port, host).does('cycle 6');
      const stalled = await world.server('stalled', host);
      await world.client('waits', stalled.port, host).does('send 2');
    }
    // An IPv4 peer of an IPv6 socket: ::ffff:127.0.0.1.
    const both = await world.server('sound', '::');
    await world.client('mapped', both.port, '127.0.0.1').does('open 2');
    world.client('unanswered', 80, '192.0.2.1').begins('open 1');
    halfclose = await startHalfclose(world, { flags: ['--collect.interval=250ms'] });
  });
  beforeEach((context) => skipUnlessPossible(context, 'ss'));
  afterAll(async () => world?.end());

  test("the counts by state and family are ss's", async () => {
    await vi.waitFor(async () => {
      const before = { ipv4: countsOfSs('-4'), ipv6: countsOfSs('-6') };
      const passes = (await summary()).at;
      // The Observation that is compared is of a pass between the two looks that ss takes.
      await vi.waitFor(async () => expect((await summary()).at).not.toBe(passes), WAIT);
      const metrics = await halfclose.text('/metrics');
      const { sockets } = await summary();
      expect({ ipv4: countsOfSs('-4'), ipv6: countsOfSs('-6') }, 'not quiet').toEqual(before);
      expect(countsOfMetrics(metrics, 'ipv4')).toEqual(before.ipv4);
      expect(countsOfMetrics(metrics, 'ipv6')).toEqual(before.ipv6);
      const both = Object.fromEntries(
        STATES.map((state) => [state, before.ipv4[state] + before.ipv6[state]]),
      );
      expect(sockets.byState).toEqual(both);
      expect(sockets.byFamily).toEqual({ ipv4: sum(before.ipv4), ipv6: sum(before.ipv6) });
    }, WAIT);
  });

  test('there is something to count in each of the states that were made, in both families', () => {
    for (const counts of [countsOfSs('-4'), countsOfSs('-6')]) {
      for (const state of ['LISTEN', 'ESTABLISHED', 'FIN_WAIT2', 'CLOSE_WAIT'] as const) {
        expect(counts[state], state).toBeGreaterThan(0);
      }
    }
    expect(countsOfSs('-4').SYN_SENT).toBe(1);
  });

  async function summary(): Promise<{
    at: string;
    sockets: { byState: Counts; byFamily: { ipv4: number; ipv6: number } };
  }> {
    return halfclose.get('summary');
  }
});

function countsOfSs(family: '-4' | '-6'): Counts {
  const counts = zeroByState();
  // ss abbreviates in its output what its filters spell out.
  const names: Record<string, string> = { LISTEN: 'listening', ESTAB: 'established', UNCONN: 'closed' };
  for (const line of execFileSync('ss', ['-tanH', family], { encoding: 'utf8' }).trim().split('\n')) {
    const word = line.split(/\s+/)[0] ?? '';
    const state = STATES.find((each) => SS_STATE[each] === (names[word] ?? word.toLowerCase()));
    if (state === undefined) throw new Error(`ss wrote a state that is none: ${line}`);
    counts[state]++;
  }
  return counts;
}

function countsOfMetrics(metrics: string, family: 'ipv4' | 'ipv6'): Counts {
  const counts = zeroByState();
  for (const state of STATES) {
    const series = `halfclose_tcp_sockets{state="${stateLabel(state)}",family="${family}"}`;
    counts[state] = sample(metrics, series) ?? NaN;
  }
  return counts;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
