import type { MatchOperator } from '../matcher.ts';

/** The words of what people do about alerts: silences and acknowledgements. Numbers and times arrive as text. */
export const alertingEn = {
  close: 'Close',
  cancel: 'Cancel',
  author: 'Your name',
  authorHint: 'Remembered in this browser, so that others see who it was.',
  comment: 'Comment',
  optional: 'optional',
  /** `reason`: the server's own. */
  refused: (reason: string) => `Halfclose refused: ${reason}`,
  unreachable: 'Halfclose did not answer. Nothing of what you typed is lost: try again.',
  sending: 'Sending…',

  silence: {
    heading: 'Silence alerts',
    explanation:
      'Nobody is told of alerts that fit, for as long as it lasts. They stay on the page, and what still fires afterwards is told then.',
    conditions: 'Alerts that fit all of these',
    label: 'Label',
    operator: 'Comparison',
    operators: {
      '=': 'is',
      '!=': 'is not',
      '=~': 'matches',
      '!~': 'does not match',
    } satisfies Record<MatchOperator, string>,
    value: 'Value',
    addCondition: 'Add a condition',
    removeCondition: (condition: string) => `Remove the condition ${condition}`,
    pattern: 'A regular expression (RE2) for the whole value: api|web, 10\\.0\\..*',
    /** What is wrong with a condition, in the parser's words. */
    mistake: (expected: string) => `Expected ${expected}`,
    previewNone: (all: number) =>
      all === 0
        ? 'There is no alert at present. It will hold for those to come.'
        : all === 1
          ? 'Does not fit the one present alert. It will hold for those to come.'
          : `Fits none of the ${all} present alerts. It will hold for those to come.`,
    previewSome: (count: number, all: number) =>
      all === 1 ? 'Fits the one present alert:' : `Fits ${count} of ${all} present alerts:`,
    previewMore: (count: number) => `and ${count} more`,
    previewUnknown: 'The present alerts could not be read, so it is not known which of them fit.',
    lasts: 'For',
    presets: { '30m': '30 min', '1h': '1 h', '2h': '2 h', '8h': '8 h', '1d': '1 day', '3d': '3 days' },
    until: 'until…',
    untilLabel: 'Until',
    starts: 'From',
    startsNow: 'now',
    startsLater: 'later…',
    startsLabel: 'Begins at',
    /** `from` is empty where it begins at once. */
    span: (from: string, until: string) => (from === '' ? `Until ${until}.` : `From ${from} until ${until}.`),
    submit: 'Silence',
    made: (until: string) => `Silenced until ${until}.`,
    madeLater: (from: string, until: string) => `Will be silenced from ${from} until ${until}.`,
    madeHolds: (count: number) =>
      count === 0
        ? 'It fits no alert at present.'
        : count === 1
          ? 'It fits 1 alert at present.'
          : `It fits ${count} alerts at present.`,
    commentPlaceholder: 'Why: deploying, being looked into…',
    needsTime: 'Expected a date and a time.',
  },

  acknowledge: {
    heading: 'Acknowledge',
    explanation:
      'Tells others that you are at it. Nobody is reminded of this alert until it ends or becomes more severe.',
    submit: 'Acknowledge',
    made: (author: string) => `Acknowledged by ${author}. No reminders until it ends or becomes more severe.`,
    commentPlaceholder: 'What you are doing about it',
  },
};

export type AlertingTexts = typeof alertingEn;
