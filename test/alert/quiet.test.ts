import { describe, expect, test } from 'vitest';
import { quietAt as quietAtMoment, quietOf } from '../../server/alert/quiet.ts';
import type { QuietHours } from '../../server/model/options.ts';

const ALL_DAYS: QuietHours['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WARNING = { severity: 'warning' };

function hours(over: Partial<QuietHours>): QuietHours {
  return {
    from: '22:00',
    to: '07:00',
    days: ALL_DAYS,
    matchers: ['severity!="critical"'],
    timezone: 'UTC',
    ...over,
  };
}
const quietAt = (over: Partial<QuietHours>, time: string, labels: Record<string, string> = WARNING) =>
  quietAtMoment([quietOf(hours(over))], Date.parse(time))(labels);

describe('quiet hours', () => {
  test.each([
    ['2026-01-05T21:59:59Z', false],
    ['2026-01-05T22:00:00Z', true],
    ['2026-01-06T00:00:00Z', true],
    ['2026-01-06T06:59:59Z', true],
    ['2026-01-06T07:00:00Z', false],
  ])('over midnight: at %s they hold: %s', (time, expected) => {
    expect(quietAt({}, time)).toBe(expected);
  });

  test('within a day hold from their beginning to before their end', () => {
    const noon = { from: '12:00', to: '13:00' };
    expect(quietAt(noon, '2026-01-05T12:00:00Z')).toBe(true);
    expect(quietAt(noon, '2026-01-05T13:00:00Z')).toBe(false);
  });

  test('that begin on a Friday go on into Saturday, and none begin then', () => {
    const friday = { days: ['fri'] as QuietHours['days'] };
    expect(quietAt(friday, '2026-01-09T23:00:00Z')).toBe(true);
    expect(quietAt(friday, '2026-01-10T06:00:00Z')).toBe(true);
    expect(quietAt(friday, '2026-01-10T23:00:00Z')).toBe(false);
  });

  test('are those of their time zone, on both sides of a clock change', () => {
    const berlin = { timezone: 'Europe/Berlin' };
    expect(quietAt(berlin, '2026-03-28T21:30:00Z')).toBe(true);
    expect(quietAt(berlin, '2026-03-29T04:30:00Z')).toBe(true);
    expect(quietAt(berlin, '2026-03-29T05:30:00Z')).toBe(false);
    expect(quietAt({ timezone: 'Asia/Shanghai' }, '2026-03-29T14:00:00Z')).toBe(true);
  });

  test('leave critical alerts alone, by default', () => {
    expect(quietAt({}, '2026-01-05T23:00:00Z', { severity: 'critical' })).toBe(false);
  });

  test('that begin and end at the same time last the whole day', () => {
    expect(quietAt({ from: '00:00', to: '00:00' }, '2026-01-05T12:00:00Z')).toBe(true);
  });

  test.each<[string, Partial<QuietHours>, string, boolean, string | null]>([
    ['hold until their end', {}, '2026-01-05T23:10:30Z', true, '2026-01-06T07:00:00.000Z'],
    ['begin later', {}, '2026-01-05T07:00:00Z', false, '2026-01-05T22:00:00.000Z'],
    ['begin on another day', { days: ['fri'] }, '2026-01-03T12:00:00Z', false, '2026-01-09T22:00:00.000Z'],
    [
      'last a weekend',
      { from: '00:00', to: '00:00', days: ['sat', 'sun'] },
      '2026-01-10T05:00:00Z',
      true,
      '2026-01-12T00:00:00.000Z',
    ],
    ['never end', { from: '08:00', to: '08:00' }, '2026-01-05T23:00:00Z', true, null],
    [
      'leave a minute out',
      { from: '08:00', to: '07:59' },
      '2026-01-05T08:00:00Z',
      true,
      '2026-01-06T07:59:00.000Z',
    ],
    [
      'end an hour sooner when the clock is put forward',
      { timezone: 'Europe/Berlin' },
      '2026-03-28T21:30:00Z',
      true,
      '2026-03-29T05:00:00.000Z',
    ],
    [
      'end an hour later when it is put back',
      { timezone: 'Europe/Berlin' },
      '2026-10-24T20:30:00Z',
      true,
      '2026-10-25T06:00:00.000Z',
    ],
    [
      'end at an hour that does not exist that night',
      { to: '02:30', timezone: 'Europe/Berlin' },
      '2026-03-28T22:00:00Z',
      true,
      '2026-03-29T01:00:00.000Z',
    ],
  ])('say until when: that %s', (_, over, time, holds, changesAt) => {
    expect(quietOf(hours(over)).status(Date.parse(time))).toMatchObject({ holds, changesAt });
  });
});
