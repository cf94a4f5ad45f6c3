import { expect, test } from 'vitest';
import { givesUpAfterSeconds, synGivesUpAfterSeconds, timeoutsSeconds } from '../../server/detect/retries.ts';
import { LIMITS, told } from '../track/given.ts';

test('the kernel’s patience is that of its documentation', () => {
  // ip-sysctl: tcp_retries2 of 15 is 924.6 s; of 8, as RFC 1122 asks for, more than 100 s.
  expect(givesUpAfterSeconds(LIMITS, false)).toBeCloseTo(924.6);
  expect(givesUpAfterSeconds({ ...LIMITS, retries2: 8 }, false)).toBeCloseTo(102.2);
  // tcp_orphan_retries of 0 stands for 8.
  expect(givesUpAfterSeconds(LIMITS, true)).toBeCloseTo(102.2);
  expect(givesUpAfterSeconds({ ...LIMITS, orphanRetries: 1 }, true)).toBeCloseTo(0.6);
  expect(givesUpAfterSeconds({ ...LIMITS, orphanRetries: null }, true)).toBeNull();
  // tcp_syn_retries of 6: 131 s with the four linear timeouts, 127 s before they came.
  expect(synGivesUpAfterSeconds(LIMITS)).toBe(131);
  expect(synGivesUpAfterSeconds({ ...LIMITS, synLinearTimeouts: null })).toBe(127);
  expect(synGivesUpAfterSeconds({ ...LIMITS, synRetries: null })).toBeNull();
});

test('so many timeouts have taken so long, from the last of them', () => {
  const info = (retransmissionTimeoutSeconds: number, backoff: number) =>
    told({ retransmissionTimeoutSeconds, backoff });
  expect(timeoutsSeconds(4, info(3.2, 4))).toBeCloseTo(3);
  // As Linux 6.18 showed it: the first retransmission did not double.
  expect(timeoutsSeconds(4, info(1.6, 3))).toBeCloseTo(0.2 + 0.4 + 0.8 + 1.6);
  expect(timeoutsSeconds(5, info(0.2, 0))).toBeCloseTo(1);
  expect(timeoutsSeconds(0, info(0.2, 0))).toBe(0);
});
