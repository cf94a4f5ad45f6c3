import { expect, test } from 'vitest';
import type { Finding, Severity } from '../../server/model/finding.ts';
import { createFindingMemory } from '../../server/track/findings.ts';

function found(fingerprint: string, severity: Severity = 'warning', count = 5): Omit<Finding, 'firstSeenAt'> {
  return {
    fingerprint,
    detector: 'close_wait_leak',
    severity,
    cause: 'drained',
    labels: {},
    count,
    oldestAgeSeconds: 60,
    ageExact: true,
    certainty: 'certain',
    examples: [],
    evidence: {},
    filter: 'state close-wait',
  };
}

const second = (n: number) => ({ at: n * 1000, monotonicSeconds: n });

test('a finding keeps the time of its first sight, even over a minute of absence', () => {
  const memory = createFindingMemory();
  memory.update([found('a')], second(0));
  memory.update([], second(30));
  expect(memory.update([found('a')], second(60))[0]?.firstSeenAt).toBe('1970-01-01T00:00:00.000Z');
  memory.update([], second(121));
  expect(memory.update([found('a')], second(122))[0]?.firstSeenAt).toBe('1970-01-01T00:02:02.000Z');
});

test('the most severe come first, then the largest, at most two hundred', () => {
  const memory = createFindingMemory();
  const many = Array.from({ length: 300 }, (_, i) => found(`m${i}`, 'info'));
  const listed = memory.update(
    [...many, found('b', 'warning', 9), found('c', 'critical', 1), found('d')],
    second(0),
  );
  expect(listed.map(({ fingerprint }) => fingerprint).slice(0, 3)).toEqual(['c', 'b', 'd']);
  expect(listed).toHaveLength(200);
});
