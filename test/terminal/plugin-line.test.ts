import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Severity } from '../../server/model/finding.ts';
import { pluginLine, unknownLine } from '../../server/terminal/plugin-line.ts';
import { counts } from '../api/given.ts';

const found = (severity: Severity, title = `a ${severity} thing`, causedBy?: string) => ({
  severity,
  title,
  ...(causedBy !== undefined && { causedBy }),
});
const SOCKETS = counts({ CLOSE_WAIT: 12, TIME_WAIT: 3 });

describe('the output of the monitoring plugin', () => {
  test('is OK, with the sockets by state, where nothing alarms', () => {
    expect(pluginLine({ findings: [found('info')], undecided: [] }, SOCKETS)).toEqual({
      status: 'OK',
      line:
        'HALFCLOSE OK - nothing is wrong | listen=0;;;0 syn_sent=0;;;0 syn_recv=0;;;0 established=0;;;0 fin_wait1=0;;;0 ' +
        'fin_wait2=0;;;0 closing=0;;;0 time_wait=3;;;0 close_wait=12;;;0 last_ack=0;;;0 close=0;;;0 findings_warning=0;;;0 ' +
        'findings_critical=0;;;0',
    });
  });

  test('names the worst finding first, and counts each', () => {
    const { status, line } = pluginLine(
      { findings: [found('warning'), found('critical')], undecided: [] },
      SOCKETS,
    );
    expect(status).toBe('CRITICAL');
    expect(line).toContain('HALFCLOSE CRITICAL - 2 findings: a critical thing; a warning thing | ');
    expect(line).toContain('findings_warning=1;;;0 findings_critical=1;;;0');
  });

  test('names three, and says how many more there are', () => {
    const findings = Array.from({ length: 5 }, (_, i) => found('warning', `f${i}`));
    expect(pluginLine({ findings, undecided: [] }, SOCKETS).line).toContain(
      '5 findings: f0; f1; f2; and 2 more | ',
    );
  });

  test('does not alarm for what follows from another finding', () => {
    const findings = [found('warning', 'the root'), found('critical', 'a consequence', 'fingerprint')];
    const { status, line } = pluginLine({ findings, undecided: [] }, SOCKETS);
    expect(status).toBe('WARNING');
    expect(line).toContain('1 finding: the root | ');
  });

  test('says for what it is too early', () => {
    expect(pluginLine({ findings: [], undecided: ['half_open'] }, SOCKETS).line).toContain(
      'HALFCLOSE OK - nothing is wrong (too early to say for half_open) | ',
    );
  });

  test('is one line with one bar, below what monitors cut off, whatever is in a title', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 2000 }), { minLength: 1 }), (titles) => {
        const findings = titles.map((title) => found('warning', title));
        const { line } = pluginLine({ findings, undecided: [] }, SOCKETS);
        expect(line.split('|')).toHaveLength(2);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(line.length).toBeLessThan(2000);
      }),
    );
  });

  test('is UNKNOWN, without numbers, where nothing is known', () => {
    expect(unknownLine('the | observer\nis down')).toEqual({
      status: 'UNKNOWN',
      line: 'HALFCLOSE UNKNOWN - the / observer\ufffdis down',
    });
  });
});
