import { describe, expect, test } from 'vitest';
import type { SocketRow } from '../../server/model/api.ts';
import { STATES, type State } from '../../server/model/state.ts';
import { findingsEn } from '../../server/model/texts/findings.en.ts';
import { findingsZhCn } from '../../server/model/texts/findings.zh-cn.ts';
import { ladderEn } from '../../server/model/texts/ladder.en.ts';
import { ladderZhCn } from '../../server/model/texts/ladder.zh-cn.ts';
import { sceneOfFinding } from '../../web/ladder/of-finding.ts';
import { sceneOfSocket } from '../../web/ladder/of-socket.ts';
import { rungsOf, type Scene, type Side, type Stretch } from '../../web/ladder/scene.ts';
import { EVERY_CAUSE, findingOf, type Cause } from './every-finding.ts';

const LANGUAGES = [
  { name: 'English', texts: ladderEn, format: findingsEn.format },
  { name: 'Chinese', texts: ladderZhCn, format: findingsZhCn.format },
];

/** What is about no exchange between two ends. */
const WITHOUT = ['tcp_memory_pressure', 'descriptor_exhaustion', 'conntrack_full'];

const drawn = (cause: Cause) => sceneOfFinding(findingOf(cause), ladderEn, findingsEn.format);
const DRAWN = EVERY_CAUSE.filter(({ detector }) => !WITHOUT.includes(detector));

/** From state to state as RFC 9293 has it, figure 5; a reset or a timer that gives up leads to CLOSE from everywhere. */
const NEXT: Readonly<Record<State, readonly State[]>> = {
  // With a cookie nothing is kept until the last ACK.
  LISTEN: ['SYN_RECV', 'ESTABLISHED'],
  SYN_SENT: ['ESTABLISHED', 'SYN_RECV'],
  SYN_RECV: ['ESTABLISHED', 'FIN_WAIT1'],
  ESTABLISHED: ['FIN_WAIT1', 'CLOSE_WAIT'],
  FIN_WAIT1: ['FIN_WAIT2', 'CLOSING', 'TIME_WAIT'],
  FIN_WAIT2: ['TIME_WAIT'],
  CLOSING: ['TIME_WAIT'],
  TIME_WAIT: [],
  CLOSE_WAIT: ['LAST_ACK'],
  LAST_ACK: [],
  CLOSE: ['SYN_SENT', 'LISTEN'],
};

function wrongTurns(scene: Scene): string[] {
  return (['left', 'right'] as const).flatMap((side) =>
    rungsOf(scene).flatMap(({ [side]: { before, after } }) => {
      const [from, to] = [before.state, after.state];
      if (from === to || from === null || to === null || to === 'CLOSE') return [];
      return NEXT[from].includes(to) ? [] : [`${side}: ${from} > ${to}`];
    }),
  );
}

describe('the ladder of a finding', () => {
  test.each(EVERY_CAUSE)('$detector, $cause: there is one where two ends are concerned', (cause) => {
    for (const { texts, format } of LANGUAGES) {
      const scene = sceneOfFinding(findingOf(cause), texts, format);
      expect(scene === null).toBe(WITHOUT.includes(cause.detector));
    }
  });

  test.each(DRAWN)('$detector, $cause: no end goes a way that TCP does not know', (cause) => {
    expect(wrongTurns(drawn(cause)!)).toEqual([]);
  });

  test.each(DRAWN)(
    '$detector, $cause: it stops once; before that all has happened, after it nothing',
    (cause) => {
      const { steps } = drawn(cause)!;
      const stop = steps.findIndex(({ kind }) => kind === 'stop');
      expect(steps.filter(({ kind }) => kind === 'stop')).toHaveLength(1);
      for (const [i, step] of steps.entries()) {
        if (step.kind !== 'segment' && step.kind !== 'act') continue;
        expect(step.fate === 'owed', step.label).toBe(i > stop);
      }
      for (const stretch of stretchesOf(drawn(cause)!, stop + 1)) expect(stretch.basis).toBe('owed');
    },
  );

  test('the last state of this end before it stops is that of the sockets concerned', () => {
    const standing = Object.fromEntries(
      DRAWN.flatMap((cause) => {
        const [example] = findingOf(cause).examples;
        return example
          ? [[`${cause.detector} ${cause.cause}`, [example.state, standsIn(drawn(cause)!, 'left')]]]
          : [];
      }),
    );
    // Without its TIME_WAIT a connection is closed; that is what is wrong there.
    delete standing['time_wait_buildup table_full'];
    delete standing['fin_wait_stuck peer_not_closing'];
    for (const [name, [expected, found]] of Object.entries(standing)) expect(found, name).toBe(expected);
  });

  test('it says of the peer of a CLOSE_WAIT no more than is known', () => {
    const scene = drawn({ detector: 'close_wait_leak', cause: 'drained' })!;
    const last = rungsOf(scene).at(-1)!.right.after;
    expect([last.state, last.basis, last.note]).toEqual(['FIN_WAIT2', 'supposed', 'or gone']);
  });

  test('whose turn it is: the program for CLOSE_WAIT, the peer’s program for FIN_WAIT2, nobody for TIME_WAIT', () => {
    const turn = (cause: Cause) => {
      const stop = drawn(cause)!.steps.find((step) => step.kind === 'stop');
      return stop?.turn?.side;
    };
    expect(turn({ detector: 'close_wait_leak', cause: 'drained' })).toBe('left');
    expect(turn({ detector: 'fin_wait_stuck', cause: 'peer_not_closing' })).toBe('right');
    expect(turn({ detector: 'time_wait_buildup', cause: 'client_ports' })).toBe(null);
  });

  test('a cause of another version has none', () => {
    const scene = sceneOfFinding(
      findingOf({ detector: 'close_wait_leak', cause: 'new' }),
      ladderEn,
      findingsEn.format,
    );
    expect(scene).toBe(null);
  });

  test.each(LANGUAGES)('in $name each step is a sentence, whole and about the same', ({ texts, format }) => {
    for (const cause of DRAWN) {
      const scene = sceneOfFinding(findingOf(cause), texts, format)!;
      for (const { said } of scene.steps) {
        expect(said, cause.cause).toMatch(/[.。]$/);
        expect(said).not.toMatch(/undefined|null|NaN|\.\.|。。/);
        if (texts === ladderZhCn) expect(said).not.toMatch(/\p{Script=Han}[.,:;)]|\(\p{Script=Han}/u);
      }
      expect(scene.steps.length).toBe(drawn(cause)!.steps.length);
    }
  });
});

describe('the ladder of a socket', () => {
  test.each(STATES.filter((state) => state !== 'LISTEN'))('in %s it ends where the socket is', (state) => {
    const scene = sceneOfSocket(row(state), [], ladderEn, findingsEn.format)!;
    expect(wrongTurns(scene)).toEqual([]);
    expect(standsIn(scene, 'left')).toBe(state);
  });

  test('a listener has no other end', () => {
    expect(sceneOfSocket(row('LISTEN'), [], ladderEn, findingsEn.format)).toBe(null);
  });

  test('of one that came through CLOSING both ends are drawn closing at once', () => {
    const before = [{ state: 'CLOSING', enteredAt: '2026-01-02T03:04:05Z', exact: true }] as const;
    const scene = sceneOfSocket(row('TIME_WAIT'), before, ladderEn, findingsEn.format)!;
    expect(wrongTurns(scene)).toEqual([]);
    expect(scene.steps.map(({ left }) => left?.state)).toContain('CLOSING');
  });

  test('one whose data is not acknowledged says how often it was sent, and when it will be again', () => {
    const timer = { kind: 'retransmit', expiresSeconds: 6, retransmits: 4, probes: 0 } as const;
    const scene = sceneOfSocket(
      { ...row('ESTABLISHED'), timer, sendQueueBytes: 900 },
      [],
      ladderEn,
      findingsEn.format,
    )!;
    expect(JSON.stringify(scene)).toContain('data, 900 B, 5 times, without an answer');
    expect(JSON.stringify(scene)).toContain('sends again in 6 s');
  });
});

function* stretchesOf({ steps }: Scene, from: number): Generator<Stretch> {
  for (const { left, right } of steps.slice(from)) yield* [left, right].filter((each) => each !== undefined);
}

function standsIn(scene: Scene, side: Side): State | null {
  return rungsOf(scene).find(({ step }) => step.kind === 'stop')![side].after.state;
}

function row(state: State): SocketRow {
  return {
    id: '1a',
    netns: 'host',
    family: 'ipv4',
    state,
    local: { address: '10.0.0.9', port: 41_234 },
    remote: { address: '10.0.0.1', port: state === 'CLOSE' ? 0 : 5432 },
    recvQueueBytes: 0,
    sendQueueBytes: 0,
    uid: 0,
    inode: 7,
    process: { pid: 42, name: 'app', unit: null, container: null, pod: null },
    processes: [],
    processesTotal: 1,
    processUnknown: 'none',
    ageSeconds: 125,
    ageExact: true,
    timer: null,
    tcpInfo: null,
  };
}
