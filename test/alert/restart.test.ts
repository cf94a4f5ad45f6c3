import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredGroup } from '../../server/alert/group.ts';
import { createNotifier, type StoredDelivery } from '../../server/alert/notifier.ts';
import type { Alert, Delivery } from '../../server/model/alert.ts';
import type { JournalChange } from '../../server/model/storage.ts';
import type { Receiver } from '../../server/model/units.ts';
import { alert, ALERTS, manualClock, memoryLog, settled } from '../given.ts';

/** What one thing that happens is; in any order, and as often as chance has it. */
const EVENTS = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('fires' as const), peer: fc.constantFrom('a', 'b', 'c') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('ends' as const), peer: fc.constantFrom('a', 'b', 'c') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      way: fc.constantFrom('well', 'down', 'lost', 'never'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 10, 400) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('killed' as const) }) },
);

type Event = typeof EVENTS extends fc.Arbitrary<infer E> ? E : never;

/** The beginning is on its way when the process is killed, and the alert ends before the next one has told it. */
const KILLED_UNDER_WAY: Event[] = [
  { kind: 'answer', way: 'never' },
  { kind: 'fires', peer: 'a' },
  { kind: 'wait', seconds: 10 },
  { kind: 'killed' },
  { kind: 'ends', peer: 'a' },
];

/** The end of the alert is being written when the process goes, and the receiver would not have answered. */
const KILLED_BEFORE_IT_IS_SENT: Event[] = [
  { kind: 'fires', peer: 'a' },
  { kind: 'wait', seconds: 400 },
  { kind: 'ends', peer: 'a' },
  { kind: 'answer', way: 'never' },
  { kind: 'killed' },
];

/**
 * A receiver and a journal that outlive the process, which is killed at any moment: what it has not written is lost, and a
 * message on its way may have arrived. Both are made up, since chance decides when each answers.
 */
function world() {
  const clock = manualClock();
  const written = new Map<string, StoredGroup>();
  const firing = new Map<string, Alert>();
  /** Of each fingerprint, what the receiver was told last. */
  const known = new Map<string, string>();
  const messages: string[] = [];
  let way = 'well';
  let number = 0;
  let life = 0;

  function start() {
    const own = ++life;
    const receiver: Receiver = {
      name: 'hook',
      kind: 'made-up',
      send(notification, signal) {
        if (own === life && way !== 'down') {
          messages.push(notification.alerts.map(({ id, state }) => `${id} ${state}`).join(', '));
          for (const { fingerprint, id, state } of notification.alerts)
            known.set(fingerprint, `${id} ${state}`);
        }
        if (way === 'well') return Promise.resolve<Delivery>({ outcome: 'delivered' });
        const failed: Delivery = { outcome: 'retry', reason: way, inDoubt: way !== 'down' };
        if (way !== 'never') return Promise.resolve(failed);
        return new Promise((resolve) => {
          const end = () => resolve(failed);
          signal.addEventListener('abort', end);
          clock.startTimer(10, end);
        });
      },
    };
    return createNotifier(receiver, {
      alerts: { ...ALERTS, groupWait: 5, groupInterval: 20, repeat: 1e6, giveUpAfter: 1e6 },
      maxPerMinute: 1000,
      externalUrl: 'http://host',
      log: memoryLog(),
      clock,
      random: () => 1,
      onOutcome: () => undefined,
      stored: [...written.values()],
      write: async (changes) => {
        await Promise.resolve();
        if (own === life) save(changes);
      },
    });
  }
  let notifier = start();

  function save(changes: readonly JournalChange[]): void {
    for (const change of changes) {
      if (change.value === undefined) written.delete(change.key);
      else written.set(change.key, (change.value as StoredDelivery).group);
    }
  }
  /** The alerts themselves are written in the same transaction as what is to be told of them. */
  function pass(ended: readonly Alert[] = []): void {
    save(
      notifier.update({
        firing: [...firing.values()],
        ended,
        isMuted: () => false,
        isQuiet: () => false,
        isAcknowledged: () => false,
      }),
    );
    notifier.wake();
  }
  return {
    messages,
    known,
    firing,
    clock,
    pass,
    answers: (next: string) => (way = next),
    fires(peer: string) {
      if (firing.has(peer)) return;
      firing.set(peer, { ...alert(peer, 'firing'), id: `${peer}${++number}` });
      pass();
    },
    ends(peer: string) {
      const before = firing.get(peer);
      firing.delete(peer);
      pass(before ? [{ ...before, state: 'resolved', endsAt: new Date(0).toISOString() }] : []);
    },
    async killed() {
      const old = notifier;
      notifier = start();
      await old.close();
      pass();
    },
  };
}

test('whatever happens, in the end the receiver knows what fires, and nothing was told twice without a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENTS, { maxLength: 40 }), async (events) => {
      const { messages, known, firing, clock, pass, answers, fires, ends, killed } = world();
      let excuses = 0;
      for (const event of events) {
        if (event.kind === 'fires') fires(event.peer);
        else if (event.kind === 'ends') ends(event.peer);
        else if (event.kind === 'answer') answers(event.way);
        else if (event.kind === 'wait') await clock.advance(event.seconds);
        else {
          excuses++;
          await killed();
        }
        // What was taken without an answer is told again, and again.
        if (event.kind === 'answer' && event.way !== 'well' && event.way !== 'down') excuses = Infinity;
      }
      answers('well');
      for (let i = 0; i < 40; i++) {
        await clock.advance(30);
        pass();
        await settled();
      }
      for (const { fingerprint, id } of firing.values()) expect(known.get(fingerprint)).toBe(`${id} firing`);
      const stillFiring = [...known.values()].filter((each) => each.endsWith(' firing'));
      expect(stillFiring).toHaveLength(firing.size);
      const repeated = messages.filter((message, i) => messages.indexOf(message) < i);
      expect(repeated.length).toBeLessThanOrEqual(excuses);
    }),
    { numRuns: 1000, examples: [[KILLED_UNDER_WAY], [KILLED_BEFORE_IT_IS_SENT]] },
  );
});
