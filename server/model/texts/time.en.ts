import type { Severity } from '../finding.ts';

/** Lengths of time, in seconds, that charts go back from now. */
type Range = 300 | 900 | 3600 | 21600 | 86400 | 604800 | 2592000 | 31536000;

/** The words of charts, and of what time the page shows. Moments and lengths arrive as text. */
export const timeEn = {
  control: 'Time',
  /** On a button: as short as it can be. */
  short: {
    300: '5m',
    900: '15m',
    3600: '1h',
    21600: '6h',
    86400: '24h',
    604800: '7d',
    2592000: '30d',
    31536000: '1y',
  } satisfies Record<Range, string>,
  last: {
    300: 'Last 5 minutes',
    900: 'Last 15 minutes',
    3600: 'Last hour',
    21600: 'Last 6 hours',
    86400: 'Last 24 hours',
    604800: 'Last 7 days',
    2592000: 'Last 30 days',
    31536000: 'Last year',
  } satisfies Record<Range, string>,
  range: 'Range of the charts',
  span: (from: string, to: string) => `${from} – ${to}`,
  earlier: 'Earlier',
  later: 'Later',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  pause: 'Hold the charts still',
  follow: 'Follow now',
  now: 'Now',
  moment: 'Show the page as it was at',
  momentHint: 'Counts, rates and findings of that moment, from what is kept.',
  show: 'Show',
  inFuture: 'That moment is still to come.',
  backToNow: 'Back to now',
  open: 'Time: choose range or moment',

  past: {
    title: (moment: string, ago: string) => `This is ${moment}, ${ago} ago.`,
    what: 'Counts, rates and findings are those of that moment; what is not kept is empty.',
    loading: 'Reading what is kept of it…',
    gap: 'Nobody was watching then: Halfclose was not running, or could not read the sockets. Choose another moment on a chart.',
    notKept:
      'Nothing is kept of that time: it is older than the retention, or than Halfclose on this host. Choose a later moment.',
    noStore: (reason: string) => `The past cannot be read: ${reason}`,
    unreachable:
      'The past cannot be read: Halfclose does not answer. It is tried again when you choose a moment.',
  },

  chart: {
    keys: 'Plus and minus zoom, left and right arrow move the range, with Shift they point at a value, Enter shows the page as it was at that moment, 0 resets.',
    description: 'chart',
    loading: 'Reading the history…',
    empty: 'Nothing is kept of this range yet: the lines begin with the second observation.',
    emptyRange: 'Nothing is kept of this range.',
    noStore: (reason: string) => `The history cannot be read: ${reason}`,
    unreachable: 'The history cannot be read: Halfclose does not answer. It is asked again by itself.',
    gap: 'nobody was watching',
    kept: (moment: string) => `Nothing is kept from before ${moment}.`,
    legend: 'Lines shown',
    unknown: '–',
    /** Heads of the table that stands for the chart. */
    table: { series: 'Line', min: 'Least', max: 'Most', last: 'Last' },
  },

  marks: {
    label: 'Findings over this time',
    severity: { info: 'Note', warning: 'Warning', critical: 'Critical' } satisfies Record<Severity, string>,
    from: (begin: string, end: string) => `${begin} – ${end}`,
    since: (begin: string) => `since ${begin}`,
    several: (count: number) => `${count} findings`,
  },
};

export type TimeTexts = typeof timeEn;
