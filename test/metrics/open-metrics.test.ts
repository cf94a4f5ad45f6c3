import { describe, expect, it } from 'vitest';
import { prefersOpenMetrics, toOpenMetrics } from '../../server/metrics/open-metrics.ts';

describe('OpenMetrics', () => {
  it('names the family of a counter without _total, escapes quotes in help texts, and has an end', () => {
    const text = [
      '# HELP a_total The "a".',
      '# TYPE a_total counter',
      'a_total{x="y"} 1',
      '',
      '# HELP b_total A gauge with a name of a counter.',
      '# TYPE b_total gauge',
      'b_total 2',
      '',
    ].join('\n');
    expect(toOpenMetrics(text).split('\n')).toEqual([
      '# HELP a The \\"a\\".',
      '# TYPE a counter',
      'a_total{x="y"} 1',
      '# HELP b_total A gauge with a name of a counter.',
      '# TYPE b_total gauge',
      'b_total 2',
      '# EOF',
      '',
    ]);
  });

  it.each([
    [
      'what Prometheus 2 sends',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    ],
    [
      'what Prometheus 3 sends',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    ],
    ['the type alone', 'Application/OpenMetrics-Text'],
    ['as well as text', 'text/plain, application/openmetrics-text; version=1.0.0'],
  ])('is given to those that prefer it: %s', (_name, accept) => {
    expect(prefersOpenMetrics(accept)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8'],
    ['text before it', 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5'],
    ['only the draft', 'application/openmetrics-text;version=0.0.1'],
    ['refused', 'application/openmetrics-text;q=0'],
    ['no number', 'application/openmetrics-text;q=x'],
  ])('is not given otherwise: %s', (_name, accept) => {
    expect(prefersOpenMetrics(accept)).toBe(false);
  });
});
