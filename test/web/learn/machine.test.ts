import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STORY_NAMES } from '../../../server/model/learn.ts';
import { STATES } from '../../../server/model/state.ts';
import { nextDue } from '../../../web/views/learn/machine/clock.ts';
import { act, canDo, turnOf, type Action, type Step } from '../../../web/views/learn/machine/machine.ts';
import {
  lengthOf,
  newNet,
  SEGMENT_LIFETIME_SECONDS,
  type Happening,
  type Net,
  type Side,
  type Telling,
} from '../../../web/views/learn/machine/net.ts';
import { CALLS, type Call } from '../../../web/views/learn/machine/program.ts';
import { beginning, nextStep, STORIES } from '../../../web/views/learn/machine/stories.ts';

const SIDES = ['left', 'right'] as const;

/** The arrows of RFC 9293, figure 5, those of a simultaneous open among them; to CLOSE leads a reset, a timeout or the end. */
const ARROWS = new Set([
  'CLOSE>SYN_SENT',
  'CLOSE>SYN_RECV',
  'SYN_SENT>SYN_RECV',
  'SYN_SENT>ESTABLISHED',
  'SYN_RECV>ESTABLISHED',
  'SYN_RECV>FIN_WAIT1',
  'ESTABLISHED>FIN_WAIT1',
  'ESTABLISHED>CLOSE_WAIT',
  'FIN_WAIT1>FIN_WAIT2',
  'FIN_WAIT1>CLOSING',
  'FIN_WAIT2>TIME_WAIT',
  'CLOSING>TIME_WAIT',
  'CLOSE_WAIT>LAST_ACK',
  ...STATES.filter((state) => state !== 'CLOSE').map((state) => `${state}>CLOSE`),
]);

/** What a reader may press, chosen by numbers; those that make no sense at the moment are passed over. */
const calls = fc.record({
  kind: fc.constant('call' as const),
  side: fc.constantFrom(...SIDES),
  call: fc.constantFrom(...CALLS),
});
const others = fc.record({
  kind: fc.constantFrom('deliver' as const, 'deliver' as const, 'lose' as const, 'elapse' as const),
  pick: fc.nat(5),
});
const both = fc.record({ kind: fc.constant('close_both' as const) });
type Wish =
  Exclude<Action, { id: number }> | { readonly kind: 'deliver' | 'lose' | 'elapse'; readonly pick: number };
const presses = (...of: fc.Arbitrary<Wish>[]) => fc.array(fc.oneof(...of), { maxLength: 60 });

function actionOf(net: Net, wish: Wish): Action | null {
  if (wish.kind === 'elapse') return { kind: 'elapse' };
  if (wish.kind === 'call' || wish.kind === 'close_both') return wish;
  const segment = net.wire[wish.pick % Math.max(1, net.wire.length)];
  return segment ? { kind: wish.kind, id: segment.id } : null;
}

function run(net: Net, wishes: readonly Wish[]): Step[] {
  const steps: Step[] = [];
  for (const wish of wishes) {
    const action = actionOf(steps.at(-1)?.net ?? net, wish);
    const step = action && act(steps.at(-1)?.net ?? net, action);
    if (step) steps.push(step);
  }
  return steps;
}

const of = <K extends Happening['kind']>(steps: readonly Step[], kind: K) =>
  steps.flatMap(({ happenings }) =>
    happenings.filter((each): each is Happening & { kind: K } => each.kind === kind),
  );
const tellings = (steps: readonly Step[]): Telling[] => of(steps, 'told').map(({ telling }) => telling);
const states = ({ ends }: Net) => [ends.left.state, ends.right.state];

/** Delivers all that flies, and lets time pass, until nothing can happen by itself. */
function settle(from: Net): Step[] {
  const steps: Step[] = [];
  let net = from;
  for (;;) {
    const [oldest] = net.wire;
    if (nextDue(net) === null) return steps;
    const step = act(net, oldest ? { kind: 'deliver', id: oldest.id } : { kind: 'elapse' });
    if (!step) return steps;
    expect(steps.length, 'it comes to rest').toBeLessThan(500);
    steps.push(step);
    net = step.net;
  }
}

/** Both programs do what good programs do: accept, read, close. */
function wrapUp(from: Net): Net {
  let net = from;
  for (const call of ['power_on', 'accept', 'read', 'close'] as const) {
    for (const side of SIDES) net = act(net, { kind: 'call', side, call })?.net ?? net;
    net = settle(net).at(-1)?.net ?? net;
  }
  return net;
}

describe('whatever is pressed', () => {
  test('no end ever takes a way that RFC 9293 does not have', () => {
    fc.assert(
      fc.property(presses(calls, others, others, both), (wishes) => {
        for (const { from, to } of of(run(newNet(), wishes), 'state')) {
          expect(ARROWS).toContain(`${from}>${to}`);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('sequence numbers stay in order, a closed end keeps nothing, and no segment contradicts itself', () => {
    fc.assert(
      fc.property(presses(calls, others, others, both), (wishes) => {
        for (const { net } of run(newNet(), wishes)) {
          for (const side of SIDES) {
            const end = net.ends[side];
            expect(end.una).toBeLessThanOrEqual(end.next);
            expect(end.retransmits === 0 || end.unacknowledged.length > 0).toBe(true);
            expect(end.timers.retransmission !== undefined).toBe(end.unacknowledged.length > 0);
            if (end.state === 'CLOSE') {
              expect(end).toMatchObject({ timers: {}, unacknowledged: [], held: false, queued: false });
            }
            if (end.state === 'TIME_WAIT')
              expect(end.timers.time_wait).toBeGreaterThan(net.nowSeconds - 1e-6);
          }
          for (const segment of net.wire) {
            expect([segment.syn, segment.fin, segment.rst].filter(Boolean).length).toBeLessThanOrEqual(1);
            expect(segment.rst && lengthOf(segment) > 0).toBe(false);
            expect(net.nowSeconds - segment.sentAt).toBeLessThanOrEqual(SEGMENT_LIFETIME_SECONDS);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test('both ends are closed in the end, once both programs close, all is delivered and 2MSL has passed', () => {
    fc.assert(
      fc.property(presses(calls, others, others, both), (wishes) => {
        const net = run(newNet(), wishes).at(-1)?.net ?? newNet();
        const end = wrapUp(net);
        expect([states(end), end.wire, nextDue(end)]).toEqual([['CLOSE', 'CLOSE'], [], null]);
        expect(turnOf(end)).toEqual({ kind: 'closed' });
      }),
      { numRuns: 400 },
    );
  });

  test('every press that changes anything is told in words, and does not touch the moment before', () => {
    fc.assert(
      fc.property(presses(calls, others, others, both), (wishes) => {
        const start = newNet();
        const kept = structuredClone(start);
        for (const step of run(start, wishes)) expect(tellings([step])).not.toEqual([]);
        expect(start).toEqual(kept);
      }),
    );
  });

  test('what a program sends is received once and in order, however the network loses, delays and reorders', () => {
    const sending = fc.record({
      kind: fc.constant('call' as const),
      side: fc.constantFrom(...SIDES),
      call: fc.constant('send' as const),
    });
    fc.assert(
      fc.property(presses(sending, others), (wishes) => {
        const steps = run(beginning('close'), wishes);
        const net = steps.at(-1)?.net ?? beginning('close');
        const all = [...steps, ...settle(net)];
        const told = of(all, 'told');
        if (told.some(({ telling }) => telling === 'gives_up')) return;
        for (const side of SIDES) {
          const sent = told.filter((each) => each.telling === 'sends' && each.side === side);
          const got = told.filter((each) => each.telling === 'gets_data' && each.side !== side);
          expect(got).toHaveLength(sent.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('when TIME_WAIT is over, nothing that was sent before it is on the way any more', () => {
    fc.assert(
      fc.property(presses(calls, others, both), presses(others), (wishes, more) => {
        const began = new Map<Side, number>();
        for (const { happenings, net } of run(newNet(), [...wishes, ...more])) {
          for (const each of happenings) {
            if (each.kind === 'state' && each.to === 'TIME_WAIT') began.set(each.side, net.nowSeconds);
            if (each.kind !== 'told' || each.telling !== 'time_wait_over') continue;
            for (const { sentAt } of net.wire)
              expect(sentAt).toBeGreaterThanOrEqual(began.get(each.side) ?? 0);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A story to its end: what was told, and the net that it leaves. */
function told(name: keyof typeof STORIES): { steps: Step[]; net: Net } {
  const steps: Step[] = [];
  let net = beginning(name);
  for (const [i] of STORIES[name].presses.entries()) {
    const step = nextStep(name, net, i);
    if (!step) throw new Error(`${name}: press ${i + 1} does nothing in ${states(net).join(', ')}`);
    steps.push(step);
    net = step.net;
  }
  return { steps, net };
}

describe('a story', () => {
  test.each(STORY_NAMES)('%s can be told to its end', (name) => {
    const { steps, net } = told(name);
    expect(steps.length).toBeGreaterThan(2);
    expect(nextStep(name, net, steps.length)).toBeNull();
  });

  test('the four-way close leaves TIME_WAIT with the end that closed first', () => {
    const { steps } = told('close');
    const ways = of(steps, 'state').map(({ side, to }) => `${side} ${to}`);
    expect(ways).toEqual([
      'left FIN_WAIT1',
      'right CLOSE_WAIT',
      'left FIN_WAIT2',
      'right LAST_ACK',
      'left TIME_WAIT',
      'right CLOSE',
      'left CLOSE',
    ]);
    expect(steps.at(-1)?.net.nowSeconds).toBe(60);
  });

  test('where both close at once, both go through CLOSING and TIME_WAIT', () => {
    const ways = of(told('both_close').steps, 'state').map(({ side, to }) => `${side} ${to}`);
    expect(ways.filter((way) => way.startsWith('left'))).toEqual(
      ['FIN_WAIT1', 'CLOSING', 'TIME_WAIT', 'CLOSE'].map((state) => `left ${state}`),
    );
    expect(ways.filter((way) => way.startsWith('right'))).toEqual(
      ['FIN_WAIT1', 'CLOSING', 'TIME_WAIT', 'CLOSE'].map((state) => `right ${state}`),
    );
  });

  test('a half-open connection ends by the reset of the end that knows nothing of it', () => {
    const { steps } = told('half_open');
    expect(tellings(steps)).toEqual(
      expect.arrayContaining(['host_is_off', 'retransmits', 'knows_no_connection']),
    );
    expect(tellings(steps).at(-1)).toBe('is_reset');
  });

  test('a leaked CLOSE_WAIT outlives the other end, and only its program can end it', () => {
    const { steps } = told('close_wait_leak');
    const after = steps[4]!.net;
    expect(states(after)).toEqual(['CLOSE', 'CLOSE_WAIT']);
    expect([nextDue(after), turnOf(after)]).toEqual([
      null,
      { kind: 'program', side: 'right', call: 'close' },
    ]);
    expect(tellings(steps).at(-1)).toBe('is_reset');
  });

  test('an address pair is taken until TIME_WAIT is over, and the old segment is gone by then', () => {
    const { steps, net } = told('old_duplicate');
    expect(tellings(steps)).toEqual(
      expect.arrayContaining(['address_in_use', 'segment_expired', 'time_wait_over']),
    );
    expect(net.ends.left.state).toBe('SYN_SENT');
  });
});

/** Presses by hand, each of which must be possible. */
function after(
  net: Net,
  ...calls: readonly (readonly [Side, Call] | 'settle' | 'deliver' | 'elapse')[]
): Net {
  return calls.reduce((now, each) => {
    if (each === 'settle') return settle(now).at(-1)?.net ?? now;
    const action: Action =
      each === 'deliver'
        ? { kind: 'deliver', id: now.wire[0]!.id }
        : each === 'elapse'
          ? { kind: 'elapse' }
          : { kind: 'call', side: each[0], call: each[1] };
    const step = act(now, action);
    if (!step) throw new Error(`${JSON.stringify(action)} is not possible`);
    return step.net;
  }, net);
}

describe('as in Linux', () => {
  test('a SYN that nobody answers is repeated each second at first, then ever more slowly, and given up after 131 seconds', () => {
    let net = after(newNet(), ['right', 'power_off'], ['left', 'connect']);
    const repeatedAt: number[] = [];
    while (net.ends.left.state === 'SYN_SENT') {
      const { retransmits } = net.ends.left;
      net = after(net, 'elapse');
      if (net.ends.left.retransmits > retransmits) repeatedAt.push(net.nowSeconds);
    }
    expect(repeatedAt).toEqual([1, 2, 3, 4, 5, 7, 11, 19, 35, 67]);
    expect(net.nowSeconds).toBe(131);
  });

  test('data that nobody acknowledges is given up after 924.6 seconds, an orphan’s after 102', () => {
    const given = after(beginning('close'), ['right', 'power_off'], ['left', 'send']);
    let open = given;
    while (open.ends.left.state !== 'CLOSE') open = after(open, 'elapse');
    expect(open.nowSeconds).toBeCloseTo(924.6, 5);
    let orphan = after(given, ['left', 'close']);
    while (orphan.ends.left.state !== 'CLOSE') orphan = after(orphan, 'elapse');
    expect(orphan.nowSeconds).toBeCloseTo(102.2, 5);
  });

  test('FIN_WAIT2 is limited once no program holds it, and not before', () => {
    const half = after(beginning('close'), ['left', 'shutdown'], 'deliver', 'deliver');
    expect([states(half), nextDue(half)]).toEqual([['FIN_WAIT2', 'CLOSE_WAIT'], null]);
    expect(nextDue(after(half, ['left', 'close']))).toMatchObject({ timer: 'fin_wait2', at: 60 });
  });

  test('keepalive ends a silent connection after two hours and nine probes, 75 seconds apart', () => {
    let net = after(beginning('close'), ['left', 'keepalive'], ['right', 'power_off']);
    while (net.ends.left.state === 'ESTABLISHED') net = after(net, 'elapse');
    expect(net.nowSeconds).toBe(7200 + 9 * 75);
  });

  test('a crash of a program is no half-open connection: its kernel closes, or resets where bytes were unread', () => {
    expect(states(after(beginning('close'), ['right', 'kill'], 'deliver', 'deliver'))).toEqual([
      'CLOSE_WAIT',
      'FIN_WAIT2',
    ]);
    const unread = after(beginning('close'), ['left', 'send'], 'deliver', 'deliver', ['right', 'kill']);
    expect(unread.wire).toMatchObject([{ rst: true, from: 'right' }]);
  });

  test('two programs that connect to each other at once have one connection', () => {
    const net = after(newNet(), ['right', 'kill'], ['left', 'connect'], ['right', 'connect'], 'settle');
    expect(states(net)).toEqual(['ESTABLISHED', 'ESTABLISHED']);
  });

  test('what is not possible does nothing', () => {
    expect(canDo(newNet(), { kind: 'elapse' })).toBe(false);
    expect(act(newNet(), { kind: 'call', side: 'left', call: 'close' })).toBeNull();
    expect(act(newNet(), { kind: 'deliver', id: 7 })).toBeNull();
  });
});
