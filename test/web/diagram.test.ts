import { expect, test } from 'vitest';
import { CAUSES, type DetectorName } from '../../server/model/finding.ts';
import type { OpenRates } from '../../server/model/observation.ts';
import { STATES, type State } from '../../server/model/state.ts';
import { EDGES, ends, flowByEdge } from '../../web/diagram/flow.ts';
import { layout, WIDE_FROM } from '../../web/diagram/layout.ts';
import type { Box } from '../../web/diagram/shape.ts';
import { DASH, PHASE } from '../../web/diagram/phases.ts';
import { findingsByState } from '../../web/diagram/trouble.ts';
import { finding } from '../given.ts';

const rates: OpenRates = {
  activeOpens: 5,
  passiveOpens: 3,
  attemptFails: 2,
  estabResets: 0,
  listenOverflows: 0,
  timeWaitOverflows: 0,
};

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test.each([288, 358, 560, WIDE_FROM - 1, WIDE_FROM, 848, 968, 1400])(
  'at %i px no two states overlap and none leaves the page, whichever are in trouble',
  (width) => {
    for (const trouble of [[], ['CLOSE_WAIT'], STATES] as State[][]) {
      const plan = layout(width, new Set(trouble));
      const boxes = STATES.map((state) => plan.nodes[state]);
      for (const [i, box] of boxes.entries()) {
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        expect(box.y + box.height).toBeLessThanOrEqual(plan.height);
        for (const other of boxes.slice(i + 1)) expect(overlap(box, other)).toBe(false);
      }
    }
  },
);

test('every edge begins and ends at states, and every state is reached', () => {
  const reached = new Set(EDGES.flatMap(ends));
  expect([...reached].sort()).toEqual([...STATES].sort());
});

test('lines of one phase differ by more than their hue', () => {
  const looks = STATES.map((state) => `${PHASE[state]} ${DASH[state].join()}`);
  expect(new Set(looks).size).toBe(STATES.length);
});

test('a socket seen before and after several states is counted on every edge between them', () => {
  const flow = flowByEdge([{ from: 'ESTABLISHED', to: 'TIME_WAIT', perSecond: 4 }], null);
  expect(Object.fromEntries(flow)).toEqual({
    'ESTABLISHED>FIN_WAIT1': 4,
    'FIN_WAIT1>FIN_WAIT2': 4,
    'FIN_WAIT2>TIME_WAIT': 4,
  });
});

test('a socket that is gone has gone to CLOSE, except from ESTABLISHED, where no way is known', () => {
  const flow = flowByEdge(
    [
      { from: 'TIME_WAIT', to: null, perSecond: 2 },
      { from: 'CLOSE_WAIT', to: null, perSecond: 1 },
      { from: 'ESTABLISHED', to: null, perSecond: 9 },
      { from: null, to: 'ESTABLISHED', perSecond: 9 },
    ],
    null,
  );
  expect(Object.fromEntries(flow)).toEqual({
    'TIME_WAIT>CLOSE': 2,
    'CLOSE_WAIT>LAST_ACK': 1,
    'LAST_ACK>CLOSE': 1,
  });
});

test('a socket first seen closing was open before', () => {
  const flow = flowByEdge(
    [
      { from: null, to: 'CLOSE_WAIT', perSecond: 2 },
      { from: null, to: 'ESTABLISHED', perSecond: 9 },
      { from: null, to: 'LISTEN', perSecond: 9 },
    ],
    null,
  );
  expect(Object.fromEntries(flow)).toEqual({ 'ESTABLISHED>CLOSE_WAIT': 2 });
});

test('opening is told by the counters, which see what passes over sockets cannot', () => {
  const flow = flowByEdge([{ from: 'SYN_SENT', to: 'ESTABLISHED', perSecond: 0.5 }], rates);
  expect(Object.fromEntries(flow)).toEqual({
    'LISTEN>SYN_RECV': 3,
    'SYN_RECV>ESTABLISHED': 3,
    'CLOSE>SYN_SENT': 5,
    'SYN_SENT>ESTABLISHED': 3,
  });
});

test('a way that does not exist is not invented', () => {
  expect(flowByEdge([{ from: 'LAST_ACK', to: 'LISTEN', perSecond: 1 }], null).size).toBe(0);
});

test('an explanation alone does not put a state in trouble', () => {
  const byState = findingsByState([
    finding('a', { detector: 'time_wait_buildup', severity: 'info' }),
    finding('b'),
    finding('c', { severity: 'critical' }),
  ]);
  expect(byState.get('TIME_WAIT')).toEqual({ trouble: 0, notes: 1, severity: 'info' });
  expect(byState.get('CLOSE_WAIT')).toEqual({ trouble: 2, notes: 0, severity: 'critical' });
});

test('what follows from another finding leaves the trouble to the state of its root', () => {
  const root = finding('a', { detector: 'accept_queue_full', cause: 'overflowing' });
  const consequence = finding('b', { severity: 'critical', causedBy: root.fingerprint });
  const byState = findingsByState([consequence, root]);
  expect(byState.get('LISTEN')).toEqual({ trouble: 1, notes: 0, severity: 'warning' });
  expect(byState.get('CLOSE_WAIT')).toEqual({ trouble: 0, notes: 1, severity: 'info' });
  expect(findingsByState([consequence]).get('CLOSE_WAIT')?.trouble).toBe(1);
});

/** Where the diagram shows a cause; null: nowhere. */
function placeOf(detector: DetectorName, cause: string): string | null {
  return [...findingsByState([finding('a', { detector, cause })]).keys()][0] ?? null;
}

test('every cause is marked at the state of its sockets, or nowhere where it is about no state', () => {
  const places = Object.entries(CAUSES).flatMap(([detector, causes]) =>
    causes.map((cause) => [`${detector} ${cause}`, placeOf(detector as DetectorName, cause)]),
  );
  const byPlace = (place: string | null) =>
    [...new Set(places.filter(([, at]) => at === place).map(([name]) => name?.split(' ')[0]))].sort();
  expect(byPlace(null)).toEqual([
    'conntrack_full',
    'descriptor_exhaustion',
    'orphan_pressure',
    'reset_storm',
    'tcp_memory_pressure',
  ]);
  expect(byPlace('ESTABLISHED')).toEqual(['half_open', 'port_exhaustion', 'zero_window']);
  expect(placeOf('port_exhaustion', 'bound_only')).toBe('CLOSE');
  expect(placeOf('fin_wait_stuck', 'undelivered')).toBe('FIN_WAIT1');
  expect(placeOf('fin_wait_stuck', 'peer_not_closing')).toBe('FIN_WAIT2');
});

test('a detector or cause of another version is marked nowhere', () => {
  expect(placeOf('no_such_detector' as DetectorName, 'x')).toBeNull();
  expect(placeOf('fin_wait_stuck', 'toString')).toBeNull();
});
