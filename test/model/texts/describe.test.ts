import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../../server/model/alert.ts';
import { CAUSES, DETECTOR_NAMES, type Finding } from '../../../server/model/finding.ts';
import { describeFinding, FINDING_TEXTS, nameCause } from '../../../server/model/texts/describe.ts';

function leak(cause: string, over: Partial<Finding> = {}): Finding {
  return {
    fingerprint: '0',
    detector: 'close_wait_leak',
    severity: 'warning',
    cause,
    labels: { process: 'shop', pid: '321', role: 'client', peer: '10.0.0.1:5432', port: '5432' },
    count: 1234,
    oldestAgeSeconds: 7500,
    ageExact: true,
    certainty: 'certain',
    examples: [],
    evidence: {
      drained: 1234,
      unreadData: 0,
      finUnread: 3,
      neverAccepted: 0,
      younger: 0,
      recvQueueBytes: 24_000,
      growing: true,
      growthPerMinute: 12,
      growthWindowSeconds: 600,
      descriptorsUsed: 1500,
      descriptorLimit: 4096,
      acceptQueue: 129,
      acceptQueueMax: 128,
    },
    forecast: {
      limit: 'descriptors',
      used: 1500,
      max: 4096,
      perSecond: 0.2,
      inSeconds: 12_980,
      soonestSeconds: 10_000,
      latestSeconds: null,
    },
    filter: 'state close-wait',
    firstSeenAt: '2026-01-02T00:00:00.000Z',
    ...over,
  };
}

function buildup(cause: string, over: Partial<Finding> = {}): Finding {
  return leak(cause, {
    detector: 'time_wait_buildup',
    labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.1:80', port: '8080' },
    evidence: {
      portsUsed: 23_500,
      portsUsable: 28_232,
      usedRatio: 0.832,
      timeWait: 23_400,
      established: 100,
      connectionsPerSecond: 390,
      timeWaitReuse: 2,
      process: 'shop',
      pid: 321,
      bytesAtLeast: 207_312,
      bytesAtMost: 315_904,
      maxTimeWait: 262_144,
      overflowPerSecond: 7,
    },
    forecast: {
      limit: 'ports',
      used: 23_500,
      max: 28_232,
      perSecond: 10,
      inSeconds: 473,
      soonestSeconds: 400,
      latestSeconds: 600,
    },
    ...over,
  });
}

/** The labels of a finding whose process is not known. */
const UNKNOWN = { process: 'unknown', role: 'client', peer: '[::1]:80', local: '::1', port: '80' };

const SOMEWHERE = {
  process: 'shop',
  pid: '321',
  role: 'client',
  peer: '10.0.0.1:5432',
  local: '10.0.0.2',
  port: '80',
};

/** A number for each key, and words for those that are words. */
const EVERY_EVIDENCE = {
  ...Object.fromEntries(Object.keys(FINDING_TEXTS.en.evidence).map((key, i) => [key, 7 * i + 2])),
  process: 'shop',
  growing: true,
};

/** Every cause, with all its evidence and with none of it. */
const FINDINGS = DETECTOR_NAMES.flatMap((detector) =>
  CAUSES[detector].flatMap((cause) => {
    const of = (cause: string, over: Partial<Finding> = {}) =>
      detector === 'close_wait_leak'
        ? leak(cause, over)
        : detector === 'time_wait_buildup'
          ? buildup(cause, over)
          : leak(cause, { detector, evidence: EVERY_EVIDENCE, labels: SOMEWHERE, ...over });
    const bare = of(cause, { evidence: {}, labels: UNKNOWN, ageExact: false, count: 1 });
    delete bare.forecast;
    return [
      of(cause),
      of(cause, { labels: { role: 'server', peer: '*', port: '80', local: '10.0.0.2' } }),
      bare,
    ];
  }),
);

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(FINDINGS)('$detector $cause is described whole: $labels', (finding) => {
    const { title, explanation, advice } = describeFinding(finding, language);
    for (const said of [title, explanation, advice, nameCause(finding, language)]) {
      expect(said).not.toBe('');
      expect(said).not.toMatch(/undefined|\bnull\b|\bNaN\b|\bfalse\b|Infinity| {2}/i);
    }
    if (finding.detector !== 'half_open')
      expect(title + explanation + advice).not.toMatch(/\bhalf-?open|半打开/i);
    expect(title).not.toContain('\n');
    expect(explanation).toMatch(/[.。]$/);
    expect(advice).toMatch(/[.。]$/);
  });

  test('a cause of another version is described by its codes', () => {
    const strange = leak('toString');
    expect(describeFinding(strange, language).title).toBe('close_wait_leak: toString');
    expect(nameCause(strange, language)).toBe('toString');
  });
});

test('English says who leaks, to whom, why, since when, and how long there is left', () => {
  const { title, explanation } = describeFinding(leak('drained'), 'en');
  expect(title).toBe('shop (pid 321) does not close 1,234 connections to 10.0.0.1:5432');
  expect(explanation).toContain('Recv-Q is 0: everything was read, close() is missing.');
  expect(explanation).toContain('The oldest has been in CLOSE_WAIT for 2 h 5 min.');
  expect(explanation).toContain('Over the last 10 min their number grew by 12 a minute.');
  expect(explanation).toContain(
    'The process has 1,500 of 4,096 descriptors open; at the present rate it reaches the limit in 3 h 36 min.',
  );
  expect(explanation).toContain('if data and FIN arrived together');
  expect(explanation).toContain('Not all are alike: 3 with an unread FIN.');
});

test('Chinese says the same', () => {
  const { title, explanation } = describeFinding(leak('drained'), 'zh-CN');
  expect(title).toBe('shop（PID 321）有 1,234 条到 10.0.0.1:5432 的连接没有关闭');
  expect(explanation).toContain('对端已发 FIN，而 Recv-Q 为 0：数据都读完了，只差 close()。');
  expect(explanation).toContain('其中最久的已在 CLOSE_WAIT 停留 2 小时 5 分钟。');
  expect(explanation).toContain('已打开 1,500 个；按目前的速度，3 小时 36 分钟后用尽。');
});

test('an age from first sight is said to be a lower bound', () => {
  const young = leak('drained', { ageExact: false, oldestAgeSeconds: 180 });
  expect(describeFinding(young, 'en').explanation).toContain('for at least 3 min.');
  expect(describeFinding(young, 'zh-CN').explanation).toContain('停留至少 3 分钟。');
});

test('a pool that does not grow is called harmless; one that grows, or a server’s connections, are not', () => {
  const pool = leak('fin_unread', { evidence: { growing: false } });
  expect(describeFinding(pool, 'en').explanation).toContain('harmless');
  expect(describeFinding(leak('fin_unread'), 'en').explanation).not.toContain('harmless');
  const served = { ...pool, labels: { ...pool.labels, role: 'server' } };
  expect(describeFinding(served, 'en').explanation).not.toContain('harmless');
});

test.each([
  [0, '0 s', '0 秒'],
  [0.2, '200 ms', '200 毫秒'],
  [59.4, '59 s', '59 秒'],
  [119.9, '1 min 59 s', '1 分钟 59 秒'],
  [3600, '1 h', '1 小时'],
  [90_061, '1 d 1 h', '1 天 1 小时'],
])('%d seconds are written as %s', (oldestAgeSeconds, en, zh) => {
  const finding = leak('drained', { oldestAgeSeconds });
  expect(describeFinding(finding, 'en').explanation).toContain(`for ${en}.`);
  expect(describeFinding(finding, 'zh-CN').explanation).toContain(`停留 ${zh}。`);
});

test('Chinese sentences keep Chinese punctuation, and a space between Chinese and Latin', () => {
  for (const finding of FINDINGS) {
    const { title, explanation, advice } = describeFinding(finding, 'zh-CN');
    for (const said of [title, explanation, advice]) {
      expect(said).not.toMatch(/\p{Script=Han}[,;:.!?()]|[,;:.!?] ?\p{Script=Han}/u);
      expect(said).not.toMatch(/\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Script=Han}/u);
      expect(said).not.toMatch(/ [，。：；（）、]|[，。：；（）、] /);
    }
  }
});

test.each([
  [1, '10.0.0.1:80', true],
  [2, '127.0.0.1:80', true],
  [2, '[::1]:80', true],
  [2, '10.0.0.1:80', false],
  [0, '127.0.0.1:80', false],
])('tcp_tw_reuse %d towards %s is in effect: %s', (timeWaitReuse, peer, inEffect) => {
  const storm = buildup('client_ports', {
    labels: { role: 'client', local: '10.0.0.2', peer },
    evidence: { timeWaitReuse },
  });
  expect(describeFinding(storm, 'en').advice.includes('is on already')).toBe(inEffect);
  expect(describeFinding(storm, 'zh-CN').advice.includes('已经生效')).toBe(inEffect);
});

test.each([
  ['en', / \(in network namespace web\)$/],
  ['zh-CN', /（网络命名空间 web）$/],
] as const)('in %s the title of a finding in another network namespace names it', (language, title) => {
  const { labels } = leak('drained');
  expect(describeFinding(leak('drained', { labels: { ...labels, netns: 'web' } }), language).title).toMatch(
    title,
  );
});

test('a full table of tracked connections that makes room drops no packets yet, and is not said to', () => {
  const full = (droppedPerSecond: number) => ({
    ...leak('drained'),
    detector: 'conntrack_full' as const,
    cause: 'dropping',
    evidence: { conntrackEntries: 9, maxConntrack: 9, droppedPerSecond, earlyDroppedPerSecond: 5 },
  });
  expect(describeFinding(full(2), 'en').title).toContain('packets are dropped');
  expect(describeFinding(full(0), 'en').title).not.toContain('dropped');
  expect(describeFinding(full(0), 'zh-CN').title).not.toContain('丢包');
});
