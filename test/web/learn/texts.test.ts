import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../server/model/filter-parser.ts';
import {
  ALL_TOPICS,
  isTopic,
  SOURCES,
  STORY_NAMES,
  TOPIC_FACTS,
  TOPICS,
  type Topic,
} from '../../../server/model/learn.ts';
import { DETECTOR_NAMES } from '../../../server/model/finding.ts';
import { DetectorsSchema } from '../../../server/model/options.ts';
import { viewLearnEn } from '../../../server/model/texts/view-learn.en.ts';
import { viewLearnZhCn } from '../../../server/model/texts/view-learn.zh-cn.ts';
import { runsOf } from '../../../web/views/learn/prose.ts';
import { STORIES } from '../../../web/views/learn/machine/stories.ts';
import { nearest, neighboursOf, search, textOf } from '../../../web/views/learn/topics.ts';

const LANGUAGES = [
  { language: 'en', texts: viewLearnEn },
  { language: 'zh-CN', texts: viewLearnZhCn },
] as const;

/** Every text with its path; functions are called with what a page would give them. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value('2', '2', '2'))]];
  return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

/** What a reader of a topic reads, without the commands. */
const proseOf = (topic: Topic, texts: (typeof LANGUAGES)[number]['texts']): string[] =>
  leaves({ ...textOf(texts, topic), also: '', name: '' }).map(([, text]) => text);

describe.each(LANGUAGES)('in $language', ({ texts }) => {
  test.each(ALL_TOPICS)('%s is explained, and every link in it leads to a topic', (topic) => {
    expect(textOf(texts, topic).summary).not.toBe('');
    for (const text of proseOf(topic, texts)) {
      for (const run of runsOf(text)) {
        if (run.kind === 'topic') expect(isTopic(run.topic), `${topic}: [[${run.topic}]]`).toBe(true);
        else expect(run.text, `${topic}: markup is closed`).not.toMatch(/\[\[|\]\]|`/);
      }
    }
  });

  test.each(ALL_TOPICS)('every command of %s is said to show something', (topic) => {
    expect(textOf(texts, topic).shows?.length ?? 0).toBe(TOPIC_FACTS[topic].commands?.length ?? 0);
  });

  test('every topic is found by its name', () => {
    for (const topic of ALL_TOPICS) expect(search(texts, textOf(texts, topic).name)).toContain(topic);
  });

  test('no sentence calls a half-closed connection half-open', () => {
    for (const topic of ['CLOSE_WAIT', 'FIN_WAIT2', 'close_wait_leak'] as const) {
      expect(proseOf(topic, texts).join(' ')).not.toMatch(/half-open|半打开/);
    }
  });
});

test('every detector is a topic', () => {
  expect([...TOPICS.detector].sort()).toEqual([...DETECTOR_NAMES].sort());
});

test('both languages have the same texts, but for lists that one of them needs longer', () => {
  const paths = (texts: (typeof LANGUAGES)[number]['texts']) =>
    leaves({ ...texts, reason: '' })
      .map(([path]) => path)
      .filter((path) => !/\.(also|\d+)$/.test(path))
      .sort();
  expect(paths(viewLearnZhCn)).toEqual(paths(viewLearnEn));
});

test('every sentence in Chinese is written in Chinese, with its punctuation', () => {
  for (const topic of ALL_TOPICS) {
    for (const text of proseOf(topic, viewLearnZhCn)) {
      if (text === '') continue;
      expect(text, topic).toMatch(/\p{Script=Han}/u);
      expect(text, topic).not.toMatch(/\p{Script=Han}[,.;:?!]/u);
      expect(text, topic).not.toMatch(/[a-zA-Z]\p{Script=Han}|\p{Script=Han}[a-zA-Z]/u);
    }
  }
  for (const [path, text] of leaves(viewLearnZhCn.simulator.tellings)) {
    expect(text, path).toMatch(/\p{Script=Han}/u);
    expect(text, path).not.toMatch(/\p{Script=Han}[,.;:?!]/u);
  }
});

test('a topic is read in half a minute', () => {
  for (const topic of ALL_TOPICS) {
    const count = proseOf(topic, viewLearnEn).join(' ').split(/\s+/).length;
    expect(count, topic).toBeLessThan(200);
  }
});

test('every threshold has its reason in Chinese', () => {
  for (const [detector, { properties }] of Object.entries(DetectorsSchema.properties)) {
    const keys = Object.keys(properties).filter((key) => !['enabled', 'labels', 'severity'].includes(key));
    for (const key of keys) {
      expect(viewLearnZhCn.reason(detector as never, key), `${detector}.${key}`).toMatch(/\p{Script=Han}/u);
    }
  }
});

test('every filter is one that the page takes, and every source and story is there', () => {
  for (const topic of ALL_TOPICS) {
    const { filter, sources, story } = TOPIC_FACTS[topic];
    if (filter !== undefined) expect(() => parseFilter(filter), `${topic}: ${filter}`).not.toThrow();
    expect(sources.length, topic).toBeGreaterThan(0);
    for (const source of sources) expect(SOURCES[source]).toMatch(/^https:\/\//);
    if (story) expect(Object.keys(STORIES)).toContain(story);
  }
  expect(Object.keys(STORIES).sort()).toEqual([...STORY_NAMES].sort());
});

test('every word that the page links to a topic is one', () => {
  const web = fileURLToPath(new URL('../../../web', import.meta.url));
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.svelte'),
  );
  const named = files.flatMap((file) =>
    [...readFileSync(join(web, file), 'utf8').matchAll(/<Term[^>]*\btopic="([^"]+)"/g)].map(
      ([, topic = '']) => ({
        file,
        topic,
      }),
    ),
  );
  expect(named.filter(({ topic }) => !isTopic(topic))).toEqual([]);
});

test('a misspelt topic has the one that was meant among the nearest', () => {
  const meant: [string, Topic][] = [
    ['close-wait', 'CLOSE_WAIT'],
    ['TIMEWAIT', 'TIME_WAIT'],
    ['accept_queue', 'accept-queue'],
    ['halfopen', 'half-open'],
    ['backlog', 'accept-queue'],
    ['EADDRNOTAVAIL', 'ephemeral-ports'],
  ];
  for (const [word, topic] of meant) expect(nearest(viewLearnEn, word)).toContain(topic);
  expect(nearest(viewLearnZhCn, '半打开')).toContain('half-open');
  expect(nearest(viewLearnEn, '../../etc')).toHaveLength(3);
});

test('from any topic the reader gets to the next, and back', () => {
  expect(neighboursOf('three-way-handshake').previous).toBeNull();
  for (const topic of ALL_TOPICS) {
    const { next } = neighboursOf(topic);
    if (next) expect(neighboursOf(next).previous).toBe(topic);
  }
});

describe('markup', () => {
  test('is links, links with words of their own, and code', () => {
    expect(runsOf('See [[rst]] and [[half-open|a dead peer]]: `ss -t`.')).toEqual([
      { kind: 'plain', text: 'See ' },
      { kind: 'topic', topic: 'rst', text: null },
      { kind: 'plain', text: ' and ' },
      { kind: 'topic', topic: 'half-open', text: 'a dead peer' },
      { kind: 'plain', text: ': ' },
      { kind: 'code', text: 'ss -t' },
      { kind: 'plain', text: '.' },
    ]);
  });

  test('that is none stays as it is', () => {
    expect(runsOf('<b>[x] | `')).toEqual([{ kind: 'plain', text: '<b>[x] | `' }]);
    expect(runsOf('')).toEqual([]);
  });
});
