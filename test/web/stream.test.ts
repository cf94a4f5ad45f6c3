import { expect, test } from 'vitest';
import {
  NO_SAMPLE,
  type Delta,
  type LiveState,
  type ObserverStatus,
  type Snapshot,
} from '../../server/model/live.ts';
import { STATES, zeroByState, type State } from '../../server/model/state.ts';
import { advance, MAX_SAMPLES, pictureOf, type Picture } from '../../web/stream.ts';

const up: ObserverStatus = {
  state: 'up',
  reason: null,
  cause: null,
  restarts: 0,
  observationAgeSeconds: 0.1,
};

function counts(some: Partial<Record<State, number>>): LiveState['sockets'] {
  const byState = { ...zeroByState(), ...some };
  const none = zeroByState();
  return {
    total: Object.values(byState).reduce((sum, count) => sum + count, 0),
    byState,
    byFamily: { ipv4: 0, ipv6: 0 },
    byStateFamily: { ipv4: byState, ipv6: none },
  };
}

/** Only what the stream itself looks at; the rest of a LiveState passes through untouched. */
function stateAt(seconds: number, established: number, change: Partial<LiveState> = {}): LiveState {
  const part: Partial<LiveState> = {
    at: seconds * 1000,
    intervalSeconds: 1,
    gapSeconds: null,
    complete: true,
    sockets: counts({ ESTABLISHED: established }),
    status: up,
    ...change,
  };
  return part as LiveState;
}

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  const samples: Partial<Record<State, number[]>> = {
    ESTABLISHED: [5, NO_SAMPLE, 7],
    CLOSE_WAIT: [0, NO_SAMPLE, 2],
  };
  const byState = Uint32Array.from(STATES.flatMap((state) => samples[state] ?? [0, NO_SAMPLE, 0]));
  return {
    epoch: 'a',
    sequence: 10,
    state: stateAt(103, 7),
    status: up,
    history: { at: Float64Array.from([101, 102, 103]).buffer, byState: byState.buffer },
    ...change,
  };
}

function after(picture: Picture, set: Delta['set']): Picture {
  const next = advance(picture, { epoch: picture.epoch, sequence: picture.sequence + 1, set });
  if (!next) throw new Error('the delta was not taken');
  return next;
}

test('a snapshot is the whole picture, with gaps where nothing was known', () => {
  const picture = pictureOf(snapshot());
  expect(picture.history.at).toEqual([101, 102, 103]);
  expect(picture.history.byState.ESTABLISHED).toEqual([5, null, 7]);
  expect(picture.history.byState.CLOSE_WAIT).toEqual([0, null, 2]);
});

test('a delta replaces the keys it carries and keeps the others', () => {
  const picture = after(pictureOf(snapshot()), { at: 104_000, sockets: counts({ ESTABLISHED: 8 }) });
  expect(picture.state?.sockets.byState.ESTABLISHED).toBe(8);
  expect(picture.state?.intervalSeconds).toBe(1);
  expect(picture.history.byState.ESTABLISHED).toEqual([5, null, 7, 8]);
});

test('a pass in which nothing changed still moves the lines on', () => {
  const picture = after(pictureOf(snapshot()), { at: 104_000 });
  expect(picture.history.at.at(-1)).toBe(104);
  expect(picture.history.byState.ESTABLISHED.at(-1)).toBe(7);
});

test('after a missed delta a snapshot is needed', () => {
  const picture = pictureOf(snapshot());
  expect(advance(picture, { epoch: 'a', sequence: 12, set: {} })).toBeNull();
  expect(advance(picture, { epoch: 'a', sequence: 10, set: {} })).toBeNull();
});

test('a delta of another life of the server is not mixed into this one', () => {
  expect(advance(pictureOf(snapshot()), { epoch: 'b', sequence: 11, set: {} })).toBeNull();
});

test('the first observation fills a picture that began without one', () => {
  const empty = { at: new ArrayBuffer(0), byState: new ArrayBuffer(0) };
  const starting: ObserverStatus = {
    state: 'starting',
    reason: null,
    cause: null,
    restarts: 0,
    observationAgeSeconds: null,
  };
  const picture = pictureOf(snapshot({ state: null, status: starting, history: empty }));
  const still = after(picture, { status: starting });
  expect(still.state).toBeNull();
  const begun = after(still, stateAt(200, 3));
  expect(begun.state?.sockets.total).toBe(3);
  expect(begun.status.state).toBe('up');
  expect(begun.history.at).toEqual([200]);
});

test('an observer that goes down leaves a gap, once', () => {
  const down: ObserverStatus = {
    state: 'down',
    reason: 'killed',
    cause: { kind: 'signal', signal: 'SIGKILL' },
    restarts: 1,
    observationAgeSeconds: 3,
  };
  const picture = after(after(pictureOf(snapshot()), { status: down }), {
    status: { ...down, observationAgeSeconds: 4 },
  });
  expect(picture.status.reason).toBe('killed');
  expect(picture.history.byState.ESTABLISHED).toEqual([5, null, 7, null]);
});

test('an incomplete pass and a stretch unseen are gaps, not dips', () => {
  const incomplete = after(pictureOf(snapshot()), { at: 104_000, complete: false, sockets: counts({}) });
  expect(incomplete.history.byState.ESTABLISHED.at(-1)).toBeNull();
  const late = after(pictureOf(snapshot()), { at: 163_000, gapSeconds: 60 });
  expect(late.history.byState.ESTABLISHED.slice(-2)).toEqual([null, 7]);
});

test('passes closer than a second do not fill the lines', () => {
  const picture = after(pictureOf(snapshot()), { at: 103_100, sockets: counts({ ESTABLISHED: 9 }) });
  expect(picture.state?.sockets.byState.ESTABLISHED).toBe(9);
  expect(picture.history.at).toEqual([101, 102, 103]);
});

test('times in the lines rise strictly, and their number is bounded', () => {
  let picture = pictureOf(snapshot());
  for (let second = 104; second < 104 + MAX_SAMPLES; second++)
    picture = after(picture, { at: second * 1000 });
  expect(picture.history.at).toHaveLength(MAX_SAMPLES);
  expect(picture.history.byState.CLOSE).toHaveLength(MAX_SAMPLES);
  expect(picture.history.at.every((at, i, all) => i === 0 || at > all[i - 1]!)).toBe(true);
});
