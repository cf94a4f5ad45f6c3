import { expect, test } from 'vitest';
import { told, watch, type Row } from './given.ts';

const closeWait = (over: Row = {}): Row => ({ state: 'CLOSE_WAIT', cookie: 1, ...over });
const silentFor = (seconds: number) => ({
  inspect: () => told({ lastAckReceivedSeconds: seconds, lastDataReceivedSeconds: 2 * seconds }),
});

test('what was in CLOSE_WAIT when it was met is as old as the last acknowledgement, and grows older', () => {
  const { pass } = watch();
  const first = pass([closeWait()], silentFor(3600)).view.sockets;
  expect([first.ageSeconds[0], first.ageExact[0]]).toEqual([3600, 0]);
  // It is asked about once: what the kernel would say later does not matter.
  const second = pass([closeWait()], silentFor(1)).view.sockets;
  expect([second.ageSeconds[0], second.ageExact[0]]).toEqual([3601, 0]);
});

test('what was seen entering CLOSE_WAIT keeps the age that was seen', () => {
  const { pass } = watch();
  pass([closeWait({ state: 'ESTABLISHED' })], silentFor(3600));
  const { ageSeconds, ageExact } = pass([closeWait()], silentFor(3600)).view.sockets;
  expect([ageSeconds[0], ageExact[0]]).toEqual([0, 1]);
});

test('no other state is judged by it, since a peer may be silent in them from the beginning', () => {
  const states = ['ESTABLISHED', 'FIN_WAIT1', 'LAST_ACK'] as const;
  const rows = states.map((state, i) => closeWait({ state, cookie: i + 1, localPort: i + 1 }));
  const { ageSeconds } = watch().pass(rows, silentFor(3600)).view.sockets;
  expect([...ageSeconds.subarray(0, 3)]).toEqual([0, 0, 0]);
});

test('a pass that misses rows proves nothing, and nor does a socket that is gone', () => {
  const missing = watch().pass([closeWait()], { ...silentFor(3600), complete: false }).view.sockets;
  expect(missing.ageSeconds[0]).toBe(0);
  const gone = watch().pass([closeWait()], { inspect: () => null }).view.sockets;
  expect(gone.ageSeconds[0]).toBe(0);
});

test('at most two thousand are asked about on one pass', () => {
  let asked = 0;
  const inspect = () => {
    asked++;
    return told();
  };
  const rows = Array.from({ length: 3000 }, (_, i) => closeWait({ cookie: i + 1, localPort: i + 1 }));
  watch().pass(rows, { inspect });
  expect(asked).toBe(2000);
});
