import { expect, test } from 'vitest';
import { RECEIVER_KINDS } from '../../../server/model/receiver-options.ts';
import { alertingEn } from '../../../server/model/texts/alerting.en.ts';
import { alertingZhCn } from '../../../server/model/texts/alerting.zh-cn.ts';
import { viewAlertsEn } from '../../../server/model/texts/view-alerts.en.ts';
import { viewAlertsZhCn } from '../../../server/model/texts/view-alerts.zh-cn.ts';

/** Every text with its path; functions are called with what a page would give them. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(2, '2', '2'))]];
  return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

test('the words of alerts are in Chinese what they are in English, without half-width punctuation', () => {
  const en = leaves([alertingEn, viewAlertsEn]);
  const zh = leaves([alertingZhCn, viewAlertsZhCn]);
  expect(zh.map(([path]) => path).sort()).toEqual(en.map(([path]) => path).sort());
  for (const [path, text] of [...en, ...zh]) expect(text.trim(), path).not.toBe('');
  for (const [path, text] of zh) expect(text, path).not.toMatch(/\p{Script=Han}[,.;:?!]/u);
});

test('every kind of receiver has a name', () => {
  expect(Object.keys(viewAlertsEn.receivers.kinds).sort()).toEqual([...RECEIVER_KINDS].sort());
});
