import { describe, expect, test } from 'vitest';
import type { AlertEvent } from '../../../server/model/alert-api.ts';
import { fieldOf, momentIn } from '../../../web/alerting/moment.ts';
import { lifeOf, phasesOf } from '../../../web/views/alerts/life.ts';
import { readable } from '../../../web/views/alerts/readable.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toISOString();
const told = (seconds: number, status: 'firing' | 'resolved'): AlertEvent => ({
  kind: 'told',
  at: at(seconds),
  lastAt: at(seconds),
  times: 1,
  receiver: 'team',
  status,
  outcome: 'delivered',
  reason: null,
});

describe('the life of an alert', () => {
  test('has its stations in order, each with the time since the one before', () => {
    const life = lifeOf({
      pendingSince: at(0),
      startsAt: at(30),
      endsAt: at(300),
      events: [
        told(30, 'firing'),
        { kind: 'acknowledged', at: at(90), author: 'ada', comment: '' },
        told(300, 'resolved'),
      ],
    });
    expect(life.map(({ what, afterSeconds }) => [what.kind, afterSeconds])).toEqual([
      ['pending', null],
      ['fired', 30],
      ['told', 0],
      ['acknowledged', 60],
      ['resolved', 210],
      ['told', 0],
    ]);
  });

  test('is pending until it fires, and fires until it ends or until now', () => {
    const now = Date.parse(at(100));
    expect(phasesOf({ pendingSince: at(0), startsAt: at(30), endsAt: at(60) }, now)).toEqual({
      pendingSeconds: 30,
      firingSeconds: 30,
    });
    expect(phasesOf({ pendingSince: at(0), startsAt: at(30), endsAt: null }, now).firingSeconds).toBe(70);
    expect(phasesOf({ pendingSince: at(0), startsAt: null, endsAt: null }, now)).toEqual({
      pendingSeconds: 100,
      firingSeconds: null,
    });
  });
});

describe('a moment', () => {
  const now = new Date(2026, 0, 5, 12, 0, 0).getTime();
  const said = (...parts: [number, number, number, number, number, number]) =>
    momentIn('en', new Date(...parts).toISOString(), now);

  test('of today is a time, to the second where it has passed', () => {
    expect(said(2026, 0, 5, 9, 3, 7)).toBe('09:03:07');
    expect(said(2026, 0, 5, 14, 3, 7)).toBe('14:03');
  });

  test('of another day has that day, and of another year that year', () => {
    expect(said(2026, 0, 6, 14, 3, 7)).toMatch(/Tue.*Jan.*6.*14:03/);
    expect(said(2025, 11, 31, 14, 3, 7)).toMatch(/Dec.*31.*2025.*14:03/);
    expect(momentIn('zh-CN', new Date(2026, 0, 6, 14, 3).toISOString(), now)).toMatch(/1月6日.*周二.*14:03/);
  });

  test('goes into a field and comes back as the same minute', () => {
    expect(Date.parse(fieldOf(now))).toBe(now);
  });
});

test('JSON is shown with line breaks, and anything else as it is', () => {
  expect(readable('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(readable(' <b>no</b> ')).toBe('<b>no</b>');
  expect(readable('')).toBe('');
});
