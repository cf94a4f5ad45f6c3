import { expect, test } from 'vitest';
import { DETECTOR_NAMES } from '../../server/model/finding.ts';
import { STATES } from '../../server/model/state.ts';
import { pageEn } from '../../server/model/texts/page.en.ts';
import { pageZhCn } from '../../server/model/texts/page.zh-cn.ts';
import { statesEn } from '../../server/model/texts/states.en.ts';
import { statesZhCn } from '../../server/model/texts/states.zh-cn.ts';
import { EDGES } from '../../web/diagram/flow.ts';

/** Every text with its path; functions are called with what a page would give them. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(2, '2', '2'))]];
  return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

const en = new Map([...leaves(pageEn, 'page'), ...leaves(statesEn, 'states')]);
const zh = new Map([...leaves(pageZhCn, 'page'), ...leaves(statesZhCn, 'states')]);

test('both languages have the same texts', () => {
  expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
});

test('no text is empty, except where there is nothing to say', () => {
  const empty = [...en, ...zh].filter(([, text]) => text.trim() === '').map(([path]) => path);
  expect([...new Set(empty)].sort()).toEqual([
    'page.sockets.gapMeaning.none',
    'page.sockets.gaps.none',
    'page.sockets.timers.none',
  ]);
});

test('every sentence about a state is written in Chinese, without half-width punctuation', () => {
  for (const [path, text] of zh) {
    if (!path.startsWith('states.')) continue;
    expect(text, path).toMatch(/\p{Script=Han}/u);
    expect(text, path).not.toMatch(/\p{Script=Han}[,.;:?!]/u);
  }
});

test('no sentence calls a half-closed connection half-open', () => {
  for (const state of ['CLOSE_WAIT', 'FIN_WAIT2'] as const) {
    expect(JSON.stringify(statesEn[state])).not.toContain('half-open');
    expect(JSON.stringify(statesZhCn[state])).not.toContain('半打开');
  }
});

test('every state is explained, every edge labelled and every detector named', () => {
  expect(Object.keys(statesEn).sort()).toEqual([...STATES].sort());
  expect(Object.keys(pageEn.diagram.edges).sort()).toEqual([...EDGES].sort());
  expect(Object.keys(pageEn.findings.detectors).sort()).toEqual([...DETECTOR_NAMES].sort());
});
