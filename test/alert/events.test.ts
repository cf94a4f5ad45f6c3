import { describe, expect, test } from 'vitest';
import { Events, MAX_REMEMBERED } from '../../server/alert/events.ts';
import { MAX_EVENTS, type AlertEvent } from '../../server/model/alert-api.ts';

const told = (receiver: string, minute: number, over: Partial<AlertEvent> = {}): AlertEvent => {
  const at = new Date(Date.UTC(2026, 0, 5, 0, minute)).toISOString();
  const attempt = { outcome: 'delivered', reason: null, status: 'firing' } as const;
  return { kind: 'told', at, lastAt: at, times: 1, receiver, ...attempt, ...over } as AlertEvent;
};

describe('what happened to an alert', () => {
  test('is one event where the same came of telling the same receiver the same', () => {
    const events = new Events([]);
    events.add('a', told('team', 1));
    events.add('a', told('pager', 2, { outcome: 'retry', reason: '503' }));
    events.add('a', told('team', 3));
    events.add('a', told('pager', 4, { outcome: 'retry', reason: 'timeout' }));
    events.add('a', told('pager', 5));
    expect(events.of('a')).toMatchObject([
      { receiver: 'team', times: 2, at: '2026-01-05T00:01:00.000Z', lastAt: '2026-01-05T00:03:00.000Z' },
      { receiver: 'pager', times: 2, outcome: 'retry', reason: 'timeout' },
      { receiver: 'pager', times: 1, outcome: 'delivered' },
    ]);
    expect(events.of('b')).toBeUndefined();
  });

  test('is written when it is new, not when it is repeated, and again where it could not be written', () => {
    const events = new Events([]);
    events.add('a', told('team', 1));
    const changes = events.changes(5);
    expect(changes).toMatchObject([{ table: 'events', key: 'a', at: 5, value: [{ receiver: 'team' }] }]);
    events.add('a', told('team', 2));
    expect(events.changes(6)).toEqual([]);
    events.notSaved(changes);
    expect(events.changes(7)).toMatchObject([{ key: 'a', value: [{ times: 2 }] }]);
  });

  test('goes on where it was stored', () => {
    const events = new Events([{ table: 'events', key: 'a', at: 1, value: [told('team', 1)] }]);
    events.add('a', told('team', 2));
    expect(events.of('a')).toMatchObject([{ times: 2 }]);
  });

  test('keeps the first and the newest of too many', () => {
    const events = new Events([]);
    for (let i = 0; i < MAX_EVENTS * 2; i++) events.add('a', told(`receiver-${i}`, i));
    const receivers = events.of('a')?.map((event) => event.kind === 'told' && event.receiver);
    expect(receivers).toHaveLength(MAX_EVENTS);
    expect([receivers?.[0], receivers?.at(-1)]).toEqual(['receiver-0', `receiver-${MAX_EVENTS * 2 - 1}`]);
  });

  test('is forgotten of the alerts that nothing happened to for longest, once it is written', () => {
    const events = new Events([]);
    for (let i = 0; i <= MAX_REMEMBERED; i++) events.add(`alert-${i}`, told('team', i % 60));
    expect(events.of('alert-0')).toBeDefined();
    events.changes(1);
    events.add('alert-1', told('pager', 0));
    expect(events.of('alert-0')).toBeUndefined();
    expect(events.of('alert-1')).toHaveLength(2);
  });

  test('is written of an alert that was forgotten only after what the journal has of it', () => {
    const events = new Events(null);
    events.add('a', told('team', 5));
    events.add('a', told('pager', 6));
    expect(events.changes(1)).toEqual([]);
    expect(events.partial()).toEqual(['a']);
    events.join('a', [told('team', 1), told('pager', 2, { outcome: 'retry', reason: '503' })]);
    expect(events.partial()).toEqual([]);
    expect(events.changes(2)).toMatchObject([
      {
        key: 'a',
        value: [
          { receiver: 'team', times: 2, lastAt: '2026-01-05T00:05:00.000Z' },
          { receiver: 'pager', outcome: 'retry' },
          { receiver: 'pager', outcome: 'delivered' },
        ],
      },
    ]);
  });

  test('is asked of the journal as soon as something was forgotten, and not before', () => {
    const events = new Events([]);
    for (let i = 0; i <= MAX_REMEMBERED; i++) events.add(`alert-${i}`, told('team', i % 60));
    events.changes(1);
    expect(events.partial()).toEqual([]);
    events.add('alert-1', told('pager', 0));
    events.add('alert-0', told('pager', 0));
    expect(events.partial()).toEqual(['alert-0']);
  });
});
