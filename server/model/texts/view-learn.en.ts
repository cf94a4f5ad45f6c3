import type { DetectorName } from '../finding.ts';
import type { TopicKind } from '../learn.ts';
import { detectorsEn } from './learn/detectors.en.ts';
import { flagsEn } from './learn/flags.en.ts';
import { lifeEn } from './learn/life.en.ts';
import { limitsEn } from './learn/limits.en.ts';
import { queuesEn } from './learn/queues.en.ts';
import { seeingEn } from './learn/seeing.en.ts';
import { simulatorEn } from './learn/simulator.en.ts';
import { stateTopicsEn } from './learn/states.en.ts';
import { timersEn } from './learn/timers.en.ts';
import type { DetectorTopicTexts, TopicTexts } from './learn/topic.ts';

export const viewLearnEn = {
  title: 'Learn',
  lead: 'How TCP connections open, live and end, and what Linux makes of it. Each topic is read in half a minute.',
  search: 'Search',
  searchHint: 'A state, a setting, an error …',
  noMatch: (words: string) => `Nothing is called “${words}”.`,
  index: 'Topics',
  showIndex: 'All topics',
  kinds: {
    life: 'Life of a connection',
    state: 'States',
    flag: 'Flags',
    timer: 'Timers',
    queue: 'Queues',
    limit: 'Limits',
    seeing: 'How to see it',
    detector: 'Detectors',
  } satisfies Record<TopicKind, string> as Readonly<Record<TopicKind, string>>,
  unknown: (topic: string) => `There is no topic “${topic}”.`,
  nearest: 'Did you mean one of these?',
  neighbours: 'Before and after this topic',
  previous: 'Previous',
  next: 'Next',
  sections: {
    turn: 'Whose turn is it?',
    end: 'What ends it',
    normal: 'Normal',
    worry: 'Reason to worry',
    linux: 'In Linux',
    look: 'What to look for',
    act: 'What to do',
    myths: 'Often said',
    see: 'See it yourself',
    causes: 'Causes it tells apart',
    settings: 'Thresholds',
    sources: 'Sources',
    related: 'Detectors',
    kernel: 'Settings of this host',
  },
  now: {
    title: 'On this host now',
    waiting: 'No data from the server yet.',
    stale: 'As last seen:',
    none: 'None.',
    count: (n: number, count: string) => (n === 1 ? '1 socket' : `${count} sockets`),
    oldest: (age: string) => `the oldest for ${age}`,
    oldestAtLeast: (age: string) => `the oldest for at least ${age}`,
    show: 'Show them',
    findings: (n: number, count: string) => (n === 1 ? '1 finding' : `${count} findings`),
    noFindings: 'No finding.',
    unknown: 'not known',
  },
  settings: {
    key: 'Key',
    value: 'Now',
    fallback: 'Default',
    reason: 'What it decides, and why',
    loading: 'Loading the thresholds …',
    failed: 'The thresholds could not be loaded.',
    tryAgain: 'Try again',
    off: 'This detector is turned off.',
    severity: (severity: string) => `Whatever it finds is said to be ${severity}.`,
    changed: 'set here',
  },
  kernel: {
    ports: (low: string, high: string) => `${low}–${high}`,
    keepalive: (time: string, interval: string, probes: string) =>
      `${time}, then ${probes} probes ${interval} apart`,
    seconds: (duration: string) => duration,
    pages: (low: string, pressure: string, high: string) => `${low} / ${pressure} / ${high} pages`,
  },
  /** Of a threshold in this language; null: as the API says it. */
  reason: (() => null) as (detector: DetectorName, key: string) => string | null,
  simulator: simulatorEn,
  topics: {
    life: lifeEn,
    state: stateTopicsEn,
    flag: flagsEn,
    timer: timersEn,
    queue: queuesEn,
    limit: limitsEn,
    seeing: seeingEn,
    detector: detectorsEn,
  } as { readonly [K in Exclude<TopicKind, 'detector'>]: TopicTexts<K> } & {
    readonly detector: DetectorTopicTexts;
  },
};

export type ViewLearnTexts = typeof viewLearnEn;
