import { ALL_TOPICS, TOPIC_KINDS, TOPICS, type Topic, type TopicKind } from '../../../server/model/learn.ts';
import type { TopicText } from '../../../server/model/texts/learn/topic.ts';
import type { ViewLearnTexts } from '../../../server/model/texts/view-learn.en.ts';

const KIND_OF = new Map<Topic, TopicKind>(
  TOPIC_KINDS.flatMap((kind) => TOPICS[kind].map((topic): [Topic, TopicKind] => [topic, kind])),
);

export function kindOf(topic: Topic): TopicKind {
  return KIND_OF.get(topic) ?? 'life';
}

export function textOf({ topics }: ViewLearnTexts, topic: Topic): TopicText {
  return (topics[kindOf(topic)] as Readonly<Record<string, TopicText>>)[topic]!;
}

/** The topics before and after one, in the order of the index; null at its ends. */
export function neighboursOf(topic: Topic): { readonly previous: Topic | null; readonly next: Topic | null } {
  const at = ALL_TOPICS.indexOf(topic);
  return { previous: ALL_TOPICS[at - 1] ?? null, next: ALL_TOPICS[at + 1] ?? null };
}

/** Topics whose name, other names or summary contain all the words, those with the words in the name first. */
export function search(texts: ViewLearnTexts, asked: string): readonly Topic[] {
  const parts = asked.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return ALL_TOPICS;
  const rank = (topic: Topic): number => {
    const { name, also = '', summary } = textOf(texts, topic);
    const fields = [`${topic} ${name}`, also, summary].map((field) => field.toLowerCase());
    if (!parts.every((part) => fields.some((field) => field.includes(part)))) return -1;
    return fields.findIndex((field) => parts.some((part) => field.includes(part)));
  };
  return ALL_TOPICS.map((topic) => ({ topic, rank: rank(topic) }))
    .filter((each) => each.rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ topic }) => topic);
}

const MOST_NEAREST = 3;

/** Topics that a misspelt word may have meant, the most alike first. */
export function nearest(texts: ViewLearnTexts, word: string): readonly Topic[] {
  const wanted = plain(word);
  const found = wanted === '' ? [] : search(texts, word.replaceAll(/[-_/]/g, ' '));
  const alike = ALL_TOPICS.map((topic) => ({
    topic,
    distance: Math.min(distance(wanted, plain(topic)), distance(wanted, plain(textOf(texts, topic).name))),
  }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ topic }) => topic);
  const [first] = alike;
  return [...new Set([...(first ? [first] : []), ...found, ...alike])].slice(0, MOST_NEAREST);
}

function plain(word: string): string {
  return word
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .slice(0, 40);
}

/** Levenshtein's: letters to put in, take out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
