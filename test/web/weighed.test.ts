import { expect, test } from 'vitest';
import type { LiveState } from '../../server/model/live.ts';
import { zeroByState } from '../../server/model/state.ts';
import { formatFor } from '../../web/format.ts';
import { weigh } from '../../web/weighed.ts';
import { observation } from '../given.ts';

const words = { none: 'none', used: (used: string, max: string) => `${used} of ${max}` };

/** Only what is weighed; the rest of a LiveState does not matter here. */
function stateOf(over: Partial<LiveState>): LiveState {
  return { ...observation(), ...over } as LiveState;
}

function valuesOf(state: LiveState): Record<string, string> {
  return Object.fromEntries(weigh(state, formatFor('en'), words).map(({ what, value }) => [what, value]));
}

test('what was too little for a finding is said with its numbers', () => {
  const base = stateOf({});
  const state = stateOf({
    sockets: { ...base.sockets, byState: { ...zeroByState(), CLOSE_WAIT: 3, TIME_WAIT: 41 } },
    oldest: { ...base.oldest, CLOSE_WAIT: { seconds: 12, exact: false } },
    ports: [
      {
        netns: 'host',
        localAddress: '::1',
        remoteAddress: '::1',
        remotePort: 443,
        used: 2823,
        timeWait: 41,
        usable: 28_232,
      },
    ],
    limits: { ...base.limits, maxTimeWait: 131_072 },
  });
  expect(valuesOf(state)).toEqual({
    closeWait: '3 (≥ 12 s)',
    destination: '[::1]:443 10%',
    table: '41 of 131,072',
  });
});

test('an empty host and unknown limits leave no hole', () => {
  const base = stateOf({});
  const state = stateOf({
    sockets: { ...base.sockets, byState: zeroByState() },
    ports: [],
    limits: { ...base.limits, maxTimeWait: null },
  });
  expect(valuesOf(state)).toEqual({ closeWait: 'none', destination: 'none', table: '0' });
});
