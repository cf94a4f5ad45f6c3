import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMatcher } from '../../../server/model/matcher.ts';
import { conditionsOf, matcherOf, OPERATORS, valuesOf } from '../../../web/alerting/matchers.ts';
import { previewOf } from '../../../web/alerting/preview.ts';
import { asked, endOf, startOf } from '../../../web/alerting/span.ts';

const NOW = Date.parse('2026-01-05T12:00:00Z');
const LEAK = { process: 'api', pid: '42', role: 'client', peer: '10.0.0.1:5432', port: '5432' };

describe('the conditions of a silence', () => {
  test('are written so that the server reads what was typed, whatever it is', () => {
    const conditions = fc.record({
      name: fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,20}$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(conditions, (condition) => {
        expect(parseMatcher(matcherOf(condition))).toEqual(condition);
      }),
    );
  });

  test('of a finding fit the same trouble of another run of the process', () => {
    const conditions = conditionsOf('close_wait_leak', LEAK);
    expect(conditions.map(matcherOf)).toEqual([
      'alertname="close_wait_leak"',
      'process="api"',
      'peer="10.0.0.1:5432"',
    ]);
    const { fits } = previewOf(conditions);
    expect(fits({ ...LEAK, alertname: 'close_wait_leak', pid: '43', severity: 'critical' })).toBe(true);
    expect(fits({ ...LEAK, alertname: 'half_open' })).toBe(false);
  });

  test('keep the port of a listener, which is in no peer', () => {
    const conditions = conditionsOf('close_wait_leak', { role: 'server', peer: '*', port: '80' });
    expect(conditions.map(matcherOf)).toContain('port="80"');
  });

  test('are judged one by one; while one is wrong no alert fits, and a blank one is none', () => {
    const right = { name: 'process', operator: '=~', value: 'a.*' } as const;
    const wrong = { name: 'process', operator: '=~', value: '(' } as const;
    const blank = { name: ' ', operator: '=', value: '' } as const;
    expect(previewOf([right, blank]).mistakes).toEqual([null, null]);
    expect(previewOf([right, blank]).fits(LEAK)).toBe(true);
    const { mistakes, fits } = previewOf([right, wrong]);
    expect(mistakes).toEqual([null, expect.stringContaining('regular expression')]);
    expect(fits(LEAK)).toBe(false);
    expect(previewOf([blank]).fits(LEAK)).toBe(false);
    expect(previewOf([{ name: '', operator: '=', value: 'x' }]).mistakes).toEqual(['the name of a label']);
  });

  test.each(OPERATORS)('know the operator %s', (operator) => {
    expect(previewOf([{ name: 'process', operator, value: 'api' }]).fits(LEAK)).toBe(
      !operator.startsWith('!'),
    );
  });

  test('are offered the labels that alerts have, each value once', () => {
    expect([
      ...valuesOf([
        { a: '1', b: '1' },
        { a: '2', b: '1' },
      ]),
    ]).toEqual([
      ['a', ['1', '2']],
      ['b', ['1']],
    ]);
  });
});

describe('how long a silence lasts', () => {
  test('a length is counted by the server, from now or from its begin', () => {
    expect(asked({ preset: '2h', until: null, begins: null })).toEqual({ duration: '2h' });
    const later = { preset: '30m', until: null, begins: '2026-01-05T22:00' } as const;
    expect(asked(later)).toEqual({ duration: '30m', startsAt: new Date('2026-01-05T22:00').toISOString() });
    expect(endOf(later, NOW)! - startOf(later, NOW)!).toBe(1_800_000);
  });

  test('an end is a moment; a field without one is no time', () => {
    const until = { preset: '2h', until: '2026-01-05T22:00', begins: null } as const;
    expect(asked(until)).toEqual({ endsAt: new Date('2026-01-05T22:00').toISOString() });
    expect(endOf({ ...until, until: '' }, NOW)).toBeNull();
    expect(startOf({ ...until, begins: '' }, NOW)).toBeNull();
  });
});
