import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../../server/model/alert.ts';
import { DETECTOR_NAMES, MEASURES, REASONS, type Considered } from '../../../server/model/finding.ts';
import { describeConsidered } from '../../../server/model/texts/describe.ts';

const leak: Considered = {
  detector: 'close_wait_leak',
  reason: 'too_young',
  labels: { process: 'orders-api', pid: '7', role: 'client', peer: '10.0.0.1:5432', port: '5432' },
  measure: 'seconds',
  value: 12,
  threshold: 60,
  count: 9,
  state: 'CLOSE_WAIT',
};
const served: Considered = {
  detector: 'time_wait_buildup',
  reason: 'harmless',
  labels: { role: 'server', local: '0.0.0.0', port: '443' },
  measure: 'sockets',
  value: 312,
  threshold: null,
  count: 312,
  state: 'TIME_WAIT',
};
const CASES: [Considered, string, string][] = [
  [
    leak,
    '9 CLOSE_WAIT of orders-api with 10.0.0.1:5432, the longest for at least 12 s: a leak counts from 1 min',
    'orders-api 到 10.0.0.1:5432 的 9 个 CLOSE_WAIT，最久的至少已有 12 秒，达到 1 分钟才算泄漏',
  ],
  [
    served,
    '312 TIME_WAIT on the serving side of :443: harmless',
    '在服务端口 443 上的 312 个 TIME_WAIT：无害',
  ],
  [
    { ...leak, reason: 'too_few', measure: 'sockets', value: 3, threshold: 5, count: 4 },
    '4 CLOSE_WAIT of orders-api with 10.0.0.1:5432, 3 of them old enough: a leak counts from 5',
    'orders-api 到 10.0.0.1:5432 的 4 个 CLOSE_WAIT，其中时间够长的有 3 个，达到 5 个才算泄漏',
  ],
  [
    { ...leak, count: 1, labels: { process: 'unknown', peer: '*', role: 'client', netns: 'web' } },
    '1 CLOSE_WAIT of an unknown process with several peers in web, for at least 12 s: a leak counts from 1 min',
    'web 里未知进程到多个对端的 1 个 CLOSE_WAIT，至少已有 12 秒，达到 1 分钟才算泄漏',
  ],
  [
    {
      ...served,
      reason: 'below_limit',
      labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.9:80' },
      measure: 'ratio',
      value: 0.12,
      threshold: 0.5,
    },
    '312 TIME_WAIT with 10.0.0.9:80 from 10.0.0.2: 12% of the limit, told from 50%',
    '从 10.0.0.2 到 10.0.0.9:80 的 312 个 TIME_WAIT：已到上限的 12%，达到 50% 才报告',
  ],
  [
    { ...served, reason: 'below_limit', labels: {}, measure: 'ratio', value: 0.002, threshold: 0.5 },
    '312 TIME_WAIT: <1% of the limit, told from 50%',
    '312 个 TIME_WAIT：已到上限的 <1%，达到 50% 才报告',
  ],
  [
    { ...served, reason: 'below_limit', labels: {}, measure: 'ratio', value: 0.998, threshold: 1 },
    '312 TIME_WAIT: 99% of the limit, told from 100%',
    '312 个 TIME_WAIT：已到上限的 99%，达到 100% 才报告',
  ],
];

const silent: [Considered, string, string] = [
  { ...leak, detector: 'half_open', count: 8, value: 70, threshold: 7200, state: 'ESTABLISHED' },
  '8 ESTABLISHED of orders-api with 10.0.0.1:5432, the longest silent for at least 1 min 10 s: a half-open one counts from 2 h',
  'orders-api 到 10.0.0.1:5432 的 8 个 ESTABLISHED，最久的没有动静至少已有 1 分钟 10 秒，达到 2 小时才算半开',
];

describe('why something is no finding is said', () => {
  test.each([...CASES, silent])('of case %#', (considered, english, chinese) => {
    expect(describeConsidered(considered, 'en')).toBe(english);
    expect(describeConsidered(considered, 'zh-CN')).toBe(chinese);
  });

  test.each(LANGUAGES)('in one line of %s for every detector, reason and measure', (language) => {
    for (const detector of DETECTOR_NAMES) {
      for (const reason of REASONS) {
        for (const measure of MEASURES) {
          for (const count of [0, 1, 7]) {
            for (const threshold of [null, 50]) {
              const considered = { ...leak, detector, reason, measure, count, threshold, state: null };
              const sentence = describeConsidered(considered, language);
              expect(sentence).not.toMatch(/undefined|null|NaN|\n| {2}|:\s*$/);
            }
          }
        }
      }
    }
  });
});
