import { expect, test } from 'vitest';
import type { Considered } from '../../server/model/finding.ts';
import { groupsOf, noteworthy, worstFirst } from '../../web/findings.ts';
import { finding } from '../given.ts';

const names = (findings: readonly { readonly labels: Readonly<Record<string, string>> }[]) =>
  findings.map(({ labels }) => labels['peer']);

test('the worst finding comes first: by severity, then by what is full soonest, then by count', () => {
  const soon = {
    limit: 'descriptors',
    used: 1,
    max: 2,
    perSecond: 1,
    inSeconds: 1,
    soonestSeconds: 1,
    latestSeconds: 1,
  } as const;
  const order = worstFirst([
    finding('info', { severity: 'info', count: 9000 }),
    finding('many', { count: 50 }),
    finding('soon', { forecast: soon }),
    finding('critical', { severity: 'critical' }),
  ]);
  expect(names(order)).toEqual(['critical', 'soon', 'many', 'info']);
});

test('what follows from a finding stands under it, the worst first, and makes it as urgent as itself', () => {
  const root = finding('root');
  const alone = finding('alone', { count: 99 });
  const groups = groupsOf([
    finding('mild', { causedBy: root.fingerprint }),
    alone,
    root,
    finding('severe', { causedBy: root.fingerprint, severity: 'critical' }),
  ]);
  expect(groups.map(({ root: { labels }, severity }) => [labels['peer'], severity])).toEqual([
    ['root', 'critical'],
    ['alone', 'warning'],
  ]);
  expect(names(groups[0]?.consequences ?? [])).toEqual(['severe', 'mild']);
});

test('what follows from a finding that is not listed stands for itself', () => {
  const groups = groupsOf([finding('orphan', { causedBy: '0123456789abcdef' })]);
  expect(names(groups.map(({ root }) => root))).toEqual(['orphan']);
});

test('of what was let pass the harmless comes first, then what is nearest to its threshold', () => {
  const considered = (peer: string, value: number, threshold: number | null, count = 1): Considered => ({
    detector: 'close_wait_leak',
    reason: threshold === null ? 'harmless' : 'too_few',
    labels: { peer },
    measure: 'sockets',
    value,
    threshold,
    count,
    state: 'CLOSE_WAIT',
  });
  const order = noteworthy([
    considered('far', 1, 100),
    considered('few', 5, null, 5),
    considered('near', 4, 5),
    considered('many', 300, null, 300),
  ]);
  expect(names(order)).toEqual(['many', 'few', 'near', 'far']);
});
