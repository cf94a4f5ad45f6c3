import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert, Delivery, Notification, Outcome } from '../../server/model/alert.ts';
import type { Receiver } from '../../server/model/units.ts';
import { createNotifier } from '../../server/alert/notifier.ts';
import { alert, ALERTS, manualClock, memoryLog, settled, START_MS } from '../given.ts';

const DELIVERED: Delivery = { outcome: 'delivered' };
const DOWN: Delivery = { outcome: 'retry', reason: 'http://hook: 503' };
const IN_DOUBT: Delivery = { outcome: 'retry', reason: 'http://hook: no answer within 10s', inDoubt: true };
const REFUSED: Delivery = { outcome: 'refused', reason: 'http://hook: 400' };

/**
 * A receiver that answers as told, and a notifier for it. The receiver is made up because what is proven here is when
 * something is sent; how it is sent is proven over real HTTP beside it.
 */
function given(
  over: Partial<Receiver> = {},
  { maxPerMinute = 1000, ...settings }: Partial<typeof ALERTS> & { maxPerMinute?: number } = {},
  random = () => 1,
) {
  const clock = manualClock();
  const log = memoryLog();
  const sent: { at: number; status: string; alerts: string[] }[] = [];
  const outcomes: Outcome[] = [];
  let answer: Delivery | Promise<Delivery> | Error = DELIVERED;
  let firing: readonly Alert[] = [];
  const receiver: Receiver = {
    name: 'hook',
    kind: 'made-up',
    send(notification: Notification) {
      sent.push({
        at: clock.monotonicSeconds(),
        status: notification.status,
        alerts: notification.alerts.map(({ state, finding }) => `${finding.labels['peer'] ?? ''} ${state}`),
      });
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    ...over,
  };
  const notifier = createNotifier(receiver, {
    alerts: { ...ALERTS, ...settings },
    externalUrl: 'http://host:10793',
    log,
    clock,
    random,
    onOutcome: (_, outcome) => outcomes.push(outcome),
    maxPerMinute,
    stored: [],
    write: () => Promise.resolve(),
  });
  const hush = { muted: new Set<string>(), quiet: new Set<string>(), acknowledged: new Set<string>() };
  const pass = (ended: readonly Alert[]) => {
    notifier.update({
      firing,
      ended,
      isMuted: ({ finding }) => hush.muted.has(finding.labels['peer']!),
      isQuiet: ({ finding }) => hush.quiet.has(finding.labels['peer']!),
      isAcknowledged: ({ finding }) => hush.acknowledged.has(finding.labels['peer']!),
    });
    notifier.wake();
    return settled();
  };
  const change = (changed: Alert[]) => {
    const gone = new Set(changed.map((each) => each.fingerprint));
    firing = [...firing.filter((each) => !gone.has(each.fingerprint)), ...changed.filter(isFiring)];
    return pass(changed.filter((each) => !isFiring(each)));
  };
  return {
    clock,
    log,
    sent,
    outcomes,
    notifier,
    hush,
    answers: (next: typeof answer) => (answer = next),
    /** A pass on which nothing changes. */
    same: () => pass([]),
    change,
    fires: (...peers: string[]) => change(peers.map((peer) => alert(peer, 'firing'))),
    resolves: (...peers: string[]) => change(peers.map((peer) => alert(peer, 'resolved'))),
    told: () => sent.map(({ alerts }) => alerts.join(', ')),
    times: () => sent.map(({ at }) => at),
  };
}

function named(peer: string, alertname: string): Alert {
  const made = alert(peer, 'firing');
  return { ...made, alertname, labels: { ...made.labels, alertname } };
}

const isFiring = (each: Alert) => each.state === 'firing';

/** A delivery that is answered later. */
function later(): { promise: Promise<Delivery>; answer: (delivery: Delivery) => Promise<void> } {
  let resolve: (delivery: Delivery) => void = () => undefined;
  const promise = new Promise<Delivery>((done) => (resolve = done));
  return {
    promise,
    answer: (delivery) => {
      resolve(delivery);
      return settled();
    },
  };
}

describe('a notification', () => {
  test('is sent at once when an alert fires, and names all that fire under that name', async () => {
    const { fires, sent } = given();
    await fires('a', 'b');
    await fires('c');
    expect(sent).toEqual([
      { at: 0, status: 'firing', alerts: ['a firing', 'b firing'] },
      { at: 0, status: 'firing', alerts: ['a firing', 'b firing', 'c firing'] },
    ]);
  });

  test('is sent for each alert name apart', async () => {
    const { change, told } = given();
    await change([alert('a', 'firing'), named('b', 'time_wait_buildup')]);
    expect(told()).toEqual(['a firing', 'b firing']);
  });

  test('tells an end once, with what still fires', async () => {
    const { fires, resolves, sent, clock } = given();
    await fires('a', 'b');
    await resolves('a');
    await resolves('b');
    await clock.advance(ALERTS.repeat * 3);
    expect(sent.slice(1)).toEqual([
      { at: 0, status: 'firing', alerts: ['b firing', 'a resolved'] },
      { at: 0, status: 'resolved', alerts: ['b resolved'] },
    ]);
  });

  test('is not sent where nothing changed', async () => {
    const { fires, same, told } = given();
    await fires('a');
    await same();
    await same();
    expect(told()).toEqual(['a firing']);
  });

  test('is sent when the severity of an alert changes', async () => {
    const { fires, change, told } = given();
    await fires('a');
    await change([alert('a', 'firing', { severity: 'critical' })]);
    expect(told()).toEqual(['a firing', 'a firing']);
  });

  test('is repeated while something fires, counted from the one before', async () => {
    const { fires, resolves, clock, times } = given();
    await fires('a');
    await clock.advance(100);
    await fires('b');
    await clock.advance(ALERTS.repeat * 2);
    await resolves('a', 'b');
    await clock.advance(ALERTS.repeat * 2);
    expect(times()).toEqual([0, 100, 100 + ALERTS.repeat, 100 + 2 * ALERTS.repeat, 100 + 2 * ALERTS.repeat]);
  });

  test('is sent again as often as the receiver needs it', async () => {
    const { fires, clock, times } = given({ resendSeconds: 60 });
    await fires('a');
    await clock.advance(180);
    expect(times()).toEqual([0, 60, 120, 180]);
  });

  test('is not repeated without end where "repeat" is zero', async () => {
    const { fires, clock, times } = given({}, { repeat: 0 });
    await fires('a');
    await clock.advance(3);
    expect(times()).toEqual([0, 1, 2, 3]);
  });

  test('does not tell of ends where the receiver does not want them', async () => {
    const { fires, resolves, told, clock } = given({ sendResolved: false });
    await fires('a', 'b');
    await resolves('a');
    await clock.advance(ALERTS.repeat);
    await resolves('b');
    await clock.advance(ALERTS.repeat);
    expect(told()).toEqual(['a firing, b firing', 'b firing']);
  });
});

describe('messages that belong together', () => {
  const waits = { groupWait: 5, groupInterval: 60 };

  test('are one, where they come within "groupWait"', async () => {
    const { fires, clock, sent } = given({}, waits);
    await fires('a');
    await clock.advance(2);
    await fires('b');
    await clock.advance(10);
    expect(sent).toEqual([{ at: 5, status: 'firing', alerts: ['a firing', 'b firing'] }]);
  });

  test('are not sent at all, where the alert has ended by then', async () => {
    const { fires, resolves, clock, sent } = given({}, waits);
    await fires('a');
    await clock.advance(2);
    await resolves('a');
    await clock.advance(100);
    expect(sent).toEqual([]);
  });

  test('are "groupInterval" apart afterwards', async () => {
    const { fires, resolves, clock, sent } = given({}, waits);
    await fires('a');
    await clock.advance(10);
    await fires('b');
    await resolves('a');
    await fires('c');
    await clock.advance(100);
    expect(sent.slice(1)).toEqual([
      { at: 65, status: 'firing', alerts: ['b firing', 'c firing', 'a resolved'] },
    ]);
  });

  test('are those of all alerts where "groupBy" is empty', async () => {
    const { change, told } = given({}, { groupBy: [] });
    await change([alert('a', 'firing'), named('b', 'time_wait_buildup')]);
    expect(told()).toEqual(['a firing, b firing']);
  });

  test('go to an Alertmanager at once, which groups by itself', async () => {
    const { fires, times } = given({ resendSeconds: 60 }, waits);
    await fires('a');
    await fires('b');
    expect(times()).toEqual([0, 0]);
  });

  test('are not more than "maxPerMinute"; what comes beyond it is told in one', async () => {
    const { fires, clock, sent } = given({}, { maxPerMinute: 2 });
    for (const peer of ['a', 'b', 'c', 'd']) await fires(peer);
    await clock.advance(100);
    expect(sent.map(({ at, alerts }) => [at, alerts.length])).toEqual([
      [0, 1],
      [0, 2],
      [60, 4],
    ]);
  });
});

describe('an alert that is muted', () => {
  test('is not told, and is told when that is over and it fires still', async () => {
    const { fires, same, hush, told } = given();
    hush.muted.add('a');
    await fires('a', 'b');
    hush.muted.clear();
    await same();
    expect(told()).toEqual(['b firing', 'a firing, b firing']);
  });

  test('is not repeated, and its end is told to who knew of its beginning', async () => {
    const { fires, same, resolves, hush, clock, told } = given();
    await fires('a');
    hush.muted.add('a');
    await same();
    await clock.advance(ALERTS.repeat * 2);
    await resolves('a');
    expect(told()).toEqual(['a firing', 'a resolved']);
  });

  test('goes on at an Alertmanager that was told of it, which would take it as ended', async () => {
    const { fires, same, hush, clock, times } = given({ resendSeconds: 60 });
    await fires('a');
    hush.muted.add('a');
    await same();
    await clock.advance(120);
    expect(times()).toEqual([0, 60, 120]);
  });

  test('by quiet hours has even its end told after them', async () => {
    const { fires, resolves, same, hush, told } = given();
    await fires('a');
    hush.muted.add('a');
    hush.quiet.add('a');
    await resolves('a');
    expect(told()).toEqual(['a firing']);
    hush.muted.clear();
    hush.quiet.clear();
    await same();
    expect(told()).toEqual(['a firing', 'a resolved']);
  });
});

test('an alert that is acknowledged is not repeated, and told once it grows worse', async () => {
  const { fires, same, change, hush, clock, times } = given();
  await fires('a');
  hush.acknowledged.add('a');
  await same();
  await clock.advance(ALERTS.repeat * 2);
  expect(times()).toEqual([0]);
  await change([alert('a', 'firing', { severity: 'critical' })]);
  expect(times()).toEqual([0, ALERTS.repeat * 2]);
});

describe('a failed delivery', () => {
  test('is tried again after waits that double up to five minutes', async () => {
    const { fires, answers, clock, times, outcomes } = given();
    answers(DOWN);
    await fires('a');
    await clock.advance(2000);
    const waits = times().map((at, i, all) => at - (all[i - 1] ?? 0));
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]);
    answers(DELIVERED);
    await clock.advance(300);
    expect(outcomes.slice(-2)).toEqual(['retry', 'delivered']);
  });

  test('waits half of that at least, the rest by chance', async () => {
    const { fires, answers, clock, times } = given({}, {}, () => 0);
    answers(DOWN);
    await fires('a');
    await clock.advance(3);
    expect(times()).toEqual([0, 0.5, 1.5]);
  });

  test('begins with the short wait again after a success', async () => {
    const { fires, answers, clock, times } = given();
    answers(DOWN);
    await fires('a');
    await clock.advance(3);
    answers(DELIVERED);
    await clock.advance(4);
    answers(DOWN);
    await fires('b');
    await clock.advance(1);
    expect(times()).toEqual([0, 1, 3, 7, 7, 8]);
  });

  test('waits as long as the receiver asks', async () => {
    const { fires, answers, clock, times } = given();
    answers({ ...DOWN, afterSeconds: 90 } as Delivery);
    await fires('a');
    await fires('b');
    await clock.advance(89);
    expect(times()).toEqual([0]);
    await clock.advance(1);
    expect(times()).toEqual([0, 90]);
  });

  test('does not wait longer than the receiver keeps an alert alive', async () => {
    const { fires, answers, clock, times } = given({ resendSeconds: 30 });
    answers(DOWN);
    await fires('a');
    await clock.advance(1000);
    const all = times();
    expect(Math.max(...all.map((at, i) => at - (all[i - 1] ?? 0)))).toBe(30);
  });

  test('is replaced by what is newer', async () => {
    const { fires, resolves, answers, clock, told } = given();
    await fires('a');
    answers(DOWN);
    await fires('b');
    await fires('c');
    await resolves('a');
    answers(DELIVERED);
    await clock.advance(1);
    expect(told()).toEqual(['a firing', 'a firing, b firing', 'b firing, c firing, a resolved']);
  });

  test('of an alert that has resolved meanwhile is not told at all', async () => {
    const { fires, resolves, answers, clock, told } = given();
    answers(DOWN);
    await fires('a');
    await resolves('a');
    answers(DELIVERED);
    await clock.advance(ALERTS.repeat);
    expect(told()).toEqual(['a firing']);
  });

  test('that may have arrived makes the end be told', async () => {
    const { fires, resolves, answers, clock, told } = given();
    answers(IN_DOUBT);
    await fires('a');
    await resolves('a');
    answers(DELIVERED);
    await clock.advance(ALERTS.repeat);
    expect(told()).toEqual(['a firing', 'a resolved']);
  });

  test('of an end is tried until it is told', async () => {
    const { fires, resolves, answers, clock, told } = given();
    await fires('a');
    answers(DOWN);
    await resolves('a');
    await clock.advance(3);
    answers(DELIVERED);
    await clock.advance(10);
    expect(told()).toEqual(['a firing', ...Array<string>(4).fill('a resolved')]);
  });

  test('of an end is forgotten where the alert fires again', async () => {
    const { fires, resolves, answers, clock, told } = given();
    await fires('a');
    answers(DOWN);
    await resolves('a');
    await fires('a');
    answers(DELIVERED);
    await clock.advance(1);
    expect(told()).toEqual(['a firing', 'a resolved', 'a firing']);
  });

  test('of an alert that fired once more is not told, where its first end was', async () => {
    const { fires, resolves, answers, clock, told } = given();
    await fires('a', 'b');
    await resolves('a');
    answers(DOWN);
    await fires('a');
    await resolves('a');
    answers(DELIVERED);
    await clock.advance(1);
    expect(told().slice(1)).toEqual(['b firing, a resolved', 'b firing, a firing', 'b firing']);
  });

  test('of a repetition is tried for as long as that of a change', async () => {
    const { fires, answers, clock, outcomes } = given({}, { giveUpAfter: 600 });
    await fires('a');
    answers(DOWN);
    await clock.advance(ALERTS.repeat + 500);
    expect(outcomes.slice(1)).toEqual(Array(9).fill('retry'));
  });

  test('is given up after "giveUpAfter", and tried anew with the next repetition', async () => {
    const { fires, answers, clock, outcomes, times } = given({}, { giveUpAfter: 600 });
    answers(DOWN);
    await fires('a');
    await clock.advance(900);
    const gaveUpAt = times().at(-1) ?? 0;
    expect(outcomes.filter((outcome) => outcome === 'gave_up')).toHaveLength(1);
    expect(outcomes.at(-1)).toBe('gave_up');
    expect(gaveUpAt).toBeGreaterThanOrEqual(600);
    answers(DELIVERED);
    await clock.advance(ALERTS.repeat);
    expect([times().at(-1), outcomes.at(-1)]).toEqual([gaveUpAt + ALERTS.repeat, 'delivered']);
  });

  test('of an end is given up for good', async () => {
    const { fires, resolves, answers, clock, outcomes, notifier } = given({}, { giveUpAfter: 0 });
    await fires('a');
    answers(DOWN);
    await resolves('a');
    await clock.advance(ALERTS.repeat);
    expect(outcomes).toEqual(['delivered', 'gave_up']);
    expect(notifier.status().waiting).toBe(0);
  });

  test('that is refused is not tried again before something changes', async () => {
    const { fires, answers, clock, told, outcomes } = given();
    answers(REFUSED);
    await fires('a');
    await clock.advance(1000);
    expect(told()).toEqual(['a firing']);
    await fires('b');
    expect(outcomes).toEqual(['refused', 'refused']);
  });

  test('by an error of the receiver itself is a failure like others', async () => {
    const { fires, answers, clock, outcomes, notifier } = given();
    answers(new Error('no words for it'));
    await fires('a');
    expect(notifier.status().last).toMatchObject({ outcome: 'retry', reason: 'no words for it' });
    answers(DELIVERED);
    await clock.advance(1);
    expect(outcomes).toEqual(['retry', 'delivered']);
  });

  test('is logged when it begins and when it is over', async () => {
    const { fires, answers, clock, log } = given();
    answers(DOWN);
    await fires('a');
    await clock.advance(100);
    answers(DELIVERED);
    await clock.advance(100);
    const loud = log.lines.filter((line) => !line.startsWith('debug'));
    expect(loud).toEqual([
      expect.stringMatching(/^warn notification failed, will be tried again .*"receiver":"hook".*503/),
      expect.stringMatching(/^info notifications are delivered again .*"receiver":"hook"/),
    ]);
  });
});

describe('what changes while an attempt is under way', () => {
  test('is sent after it', async () => {
    const { fires, answers, told } = given();
    const first = later();
    answers(first.promise);
    await fires('a');
    await fires('b');
    expect(told()).toEqual(['a firing']);
    answers(DELIVERED);
    await first.answer(DELIVERED);
    expect(told()).toEqual(['a firing', 'a firing, b firing']);
  });

  test.each([
    ['is told as ended where the attempt arrived', DELIVERED, ['a firing', 'a resolved']],
    ['is told as ended where it may have arrived', IN_DOUBT, ['a firing', 'a resolved']],
    ['is not told where it did not arrive', DOWN, ['a firing']],
    ['is not told where it was refused', REFUSED, ['a firing']],
  ])('%s', async (_, delivery, expected) => {
    const { fires, resolves, answers, clock, told } = given();
    const first = later();
    answers(first.promise);
    await fires('a');
    await resolves('a');
    answers(DELIVERED);
    await first.answer(delivery);
    await clock.advance(ALERTS.repeat);
    expect(told()).toEqual(expected);
  });
});

describe('status and end', () => {
  test('the status tells the newest attempt and what waits', async () => {
    const { fires, answers, clock, notifier } = given();
    expect(notifier.status()).toEqual({
      receiver: 'hook',
      kind: 'made-up',
      last: null,
      lastDeliveredAt: null,
      waiting: 0,
    });
    await fires('a');
    await clock.advance(10);
    answers(DOWN);
    await fires('b');
    expect(notifier.status()).toEqual({
      receiver: 'hook',
      kind: 'made-up',
      last: {
        outcome: 'retry',
        at: new Date(START_MS + 10_000).toISOString(),
        reason: 'http://hook: 503',
        status: null,
      },
      lastDeliveredAt: new Date(START_MS).toISOString(),
      waiting: 1,
    });
  });

  test('closing aborts the attempt under way and sends nothing more', async () => {
    let aborted = false;
    let attempts = 0;
    const { fires, clock, notifier, outcomes } = given({
      send: (_, signal) =>
        new Promise((resolve) => {
          attempts++;
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(DOWN);
          });
        }),
    });
    await fires('a');
    await notifier.close();
    await fires('b');
    await clock.advance(ALERTS.repeat);
    expect({ aborted, attempts, outcomes }).toEqual({ aborted: true, attempts: 1, outcomes: [] });
  });
});

describe('whatever happens', () => {
  const PEERS = ['a', 'b', 'c'];
  const anyEvent = fc.record({
    peer: fc.constantFrom(...PEERS),
    seconds: fc.integer({ min: 0, max: 400 }),
    answer: fc.constantFrom<Delivery>(DELIVERED, DOWN, IN_DOUBT),
  });

  test('the receiver, once it is up again, believes what is so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 30 }), async (events) => {
        const believed = new Set<string>();
        const { fires, resolves, answers, clock, notifier } = given({
          send: (notification) => {
            // In doubt is here: it arrived, and the answer was lost.
            if (current !== DOWN) {
              for (const { state, fingerprint } of notification.alerts) {
                if (state === 'firing') believed.add(fingerprint);
                else believed.delete(fingerprint);
              }
            }
            return Promise.resolve(current);
          },
        });
        let current: Delivery = DELIVERED;
        const firing = new Set<string>();
        for (const { peer, seconds, answer } of events) {
          current = answer;
          if (firing.delete(peer)) await resolves(peer);
          else {
            firing.add(peer);
            await fires(peer);
          }
          await clock.advance(seconds);
        }
        current = DELIVERED;
        answers(DELIVERED);
        await clock.advance(300);
        expect(believed).toEqual(new Set([...firing].map((peer) => alert(peer, 'firing').fingerprint)));
        expect(notifier.status().waiting).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
