import type { AlertState } from '../alert.ts';
import type { Certainty, DetectorName, Forecast } from '../finding.ts';
import type { DownCause } from '../live.ts';
import type { NamespaceKind } from '../observation.ts';
import type { OwnerGap } from '../snapshot.ts';
import type { TimerKind } from '../socket-table.ts';
import type { View } from '../views.ts';

/** The words of the dashboard. Numbers and times arrive as text, already written the way the language does. */
export const pageEn = {
  title: 'Halfclose',
  skip: 'Skip to the content',
  views: {
    overview: 'Overview',
    finding: 'Finding',
    sockets: 'Sockets',
    listeners: 'Listeners & ports',
    alerts: 'Alerts',
    learn: 'Learn',
  } satisfies Record<View, string>,
  viewFailed: (view: string) =>
    `“${view}” could not be fetched: Halfclose does not answer, or is of another version by now.`,
  tryAgain: 'Try again',

  header: {
    live: 'Live',
    waiting: 'Connecting',
    stale: 'Stale',
    ago: (age: string) => `${age} ago`,
    every: (interval: string) => `every ${interval}`,
    sockets: (count: number, text: string) => (count === 1 ? '1 socket' : `${text} sockets`),
    source: (name: string) => `source ${name}`,
    views: 'Views',
    themes: { system: 'as the system', light: 'light', dark: 'dark' },
    themeIs: (theme: string) => `Theme: ${theme}`,
    language: 'Language',
    help: 'Help and keys',
    alerts: 'Alerts',
    alertCounts: (firing: number, pending: number) =>
      firing + pending === 0
        ? 'No alerts'
        : [firing > 0 && `${firing} firing`, pending > 0 && `${pending} pending`].filter(Boolean).join(', '),
  },

  banner: {
    staleTitle: (age: string) => `This data is stale: ${age} old.`,
    noData: 'Nothing has been observed yet.',
    silent: 'No new observation has arrived.',
    down: {
      signal: (signal: string) => `The observer is not running: ${signal} ended it.`,
      exit: (code: string) => `The observer is not running: it ended with code ${code}.`,
      silent: (seconds: string) => `The observer hung: it finished no pass for ${seconds} s.`,
      not_started: (message: string) => `The observer cannot be started: ${message}`,
    } satisfies Record<DownCause['kind'], (detail: string) => string>,
    downWhyUnknown: 'The observer is not running.',
    restarting: 'It is started again by itself; the page goes on as soon as it answers.',
    waiting: 'The page goes on as soon as one does.',
    disconnected: 'The connection to Halfclose is lost.',
    reconnecting: 'Trying again every few seconds; nothing needs to be reloaded.',
    starting: 'Waiting for the first observation; it takes a second or two.',
    incomplete: 'The last read of the sockets was incomplete: findings are those of the last complete one.',
    gap: (duration: string) => `${duration} went by unseen before this pass; ages do not count them.`,
  },

  verdict: {
    unknown: 'Nothing is known yet.',
    unknownThen: 'Nothing is known of this moment.',
    quietThen: 'No finding stood at this moment.',
    quiet: 'No connection is stuck, and no limit is near.',
    notYet: 'Nothing found so far; it is too early to be sure.',
    quietDetail: (sockets: string, watched: string) => `${sockets} sockets, watched for ${watched}.`,
    more: (count: number) => (count === 1 ? 'and 1 more finding' : `and ${count} more findings`),
    /** An alert still fires, and the finding behind it has not been seen again since the observer began. */
    unconfirmed: (watched: string) =>
      `Its alert still fires; not seen again yet since the observer restarted, ${watched} ago.`,
    /** An alert still fires, and the finding behind it has just gone. */
    subsiding: 'Not seen any more. Its alert fires a little longer, in case it comes back.',
    onlyNotes: (count: number) =>
      count === 1
        ? 'No problem found; one thing is explained.'
        : `No problem found; ${count} things are explained.`,
  },

  diagram: {
    heading: 'The life of a connection',
    hint: 'Choose a state to read what it means. Small figures: the change within an hour.',
    /** `by` has its sign. */
    change: (by: string, span: string) => `${by} in ${span}`,
    active: 'We close first',
    passive: 'Peer closes first',
    oldest: (age: string) => `oldest ${age}`,
    oldestLower: (age: string) => `oldest ≥ ${age}`,
    perSecond: (rate: string) => `${rate}/s`,
    badge: (count: number) => (count === 1 ? '1 finding' : `${count} findings`),
    note: (count: number) => (count === 1 ? '1 note' : `${count} notes`),
    /** Read aloud after the count. */
    sockets: (count: number): string => (count === 1 ? 'socket' : 'sockets'),
    /** What is sent or received on the way, line by line. */
    edges: {
      'LISTEN>SYN_RECV': ['recv SYN', 'send SYN+ACK'],
      'SYN_RECV>ESTABLISHED': ['recv ACK'],
      'CLOSE>SYN_SENT': ['connect()', 'send SYN'],
      'SYN_SENT>ESTABLISHED': ['recv SYN+ACK', 'send ACK'],
      'ESTABLISHED>FIN_WAIT1': ['close()', 'send FIN'],
      'ESTABLISHED>CLOSE_WAIT': ['recv FIN', 'send ACK'],
      'FIN_WAIT1>FIN_WAIT2': ['recv ACK'],
      'FIN_WAIT1>CLOSING': ['recv FIN', 'send ACK'],
      'FIN_WAIT2>TIME_WAIT': ['recv FIN', 'send ACK'],
      'CLOSING>TIME_WAIT': ['recv ACK'],
      'TIME_WAIT>CLOSE': ['60 s (2MSL)'],
      'CLOSE_WAIT>LAST_ACK': ['close()', 'send FIN'],
      'LAST_ACK>CLOSE': ['recv ACK'],
    },
  },

  state: {
    turn: 'Whose turn',
    end: 'What ends it',
    normal: 'Normal',
    worry: 'Worry when',
    showSockets: (count: number, text: string) => (count === 1 ? 'Its socket' : `Its ${text} sockets`),
    learn: 'More about it',
    close: 'Close',
  },

  findings: {
    heading: 'Findings',
    count: (count: number) => (count === 0 ? 'none' : String(count)),
    /** Said aloud when the number changes. */
    changed: (count: number) =>
      count === 0
        ? 'No findings any more.'
        : count === 1
          ? 'There is 1 finding.'
          : `There are ${count} findings.`,
    advice: 'What to do',
    evidence: 'Evidence',
    certainty: { certain: 'certain', strong: 'all signs point to it', suspect: 'suspect' } satisfies Record<
      Certainty,
      string
    >,
    certaintyMeaning: {
      certain: 'The kernel’s numbers leave no other reading.',
      strong: 'All signs point to it; no single number proves it.',
      suspect: 'It looks the same when nothing is wrong.',
    } satisfies Record<Certainty, string>,
    /** Above the findings that have the one above them as their cause. */
    follows: (count: number) => (count === 1 ? 'Follows from this:' : `${count} findings follow from this:`),
    showConsequences: (count: number) => `Show all ${count} that follow`,
    since: (time: string, duration: string) => `since ${time}, ${duration}`,
    alert: { pending: 'Pending', firing: 'Firing', resolved: 'Resolved' } satisfies Record<
      AlertState,
      string
    >,
    alertMeaning: {
      pending: 'Nobody is notified yet: it has to last first.',
      firing: 'It has lasted: the receivers that are configured are notified.',
      resolved: 'It is over.',
    } satisfies Record<AlertState, string>,
    quietTitle: 'Nothing to report',
    quietBody:
      'No connection is stuck in its opening, its close or its data, and no limit of a process, a port range or the kernel is near.',
    letPassAll: (count: number) =>
      count === 1 ? 'Looked at and let pass: 1 thing' : `Looked at and let pass: ${count} things`,
    showAll: (count: number) => `Show all ${count} findings`,
    /** Alerts that are pending or firing without a finding at present. */
    open: 'Alerts still open, not seen at present',
    command: 'Copy as ss',
    copy: 'Copy',
    copied: 'Copied',
    undecided: (detectors: string, watched: string) =>
      `Too early to say for ${detectors}: watched for ${watched} so far, and no finding does not mean no problem yet.`,
    detectors: {
      close_wait_leak: 'CLOSE_WAIT leaks',
      time_wait_buildup: 'TIME_WAIT build-up',
      port_exhaustion: 'port exhaustion',
      syn_backlog: 'SYN backlogs',
      accept_queue_full: 'accept queues',
      orphan_pressure: 'orphaned sockets',
      tcp_memory_pressure: 'TCP memory',
      descriptor_exhaustion: 'descriptors',
      reset_storm: 'resets',
      conntrack_full: 'connection tracking',
      half_open: 'half-open connections',
      zero_window: 'closed windows',
      fin_wait_stuck: 'stuck FIN_WAIT1 and FIN_WAIT2',
      last_ack_stuck: 'stuck LAST_ACK',
      closing_stuck: 'stuck CLOSING',
      syn_sent_stuck: 'unanswered SYN_SENT',
    } satisfies Record<DetectorName, string> as Readonly<Record<string, string>>,
    resolved: 'Resolved lately',
    resolvedAt: (time: string) => `at ${time}`,
    limits: { descriptors: 'Descriptors', ports: 'Ports' } satisfies Record<Forecast['limit'], string>,
    used: (used: string, max: string) => `${used} of ${max}`,
    full: (duration: string) => `full in about ${duration}`,
    isFull: 'full',
    /** `latest` is empty where it may never come to that. */
    fullBetween: (soonest: string, latest: string) =>
      latest === ''
        ? `As the numbers scatter: not before ${soonest}, and perhaps never.`
        : soonest === latest
          ? ''
          : `As the numbers scatter: between ${soonest} and ${latest}.`,
    yes: 'yes',
    no: 'no',
    unknown: 'unknown',
    bytes: (count: string) => `${count} B`,
    milliseconds: (count: string) => `${count} ms`,
    unavailable: 'Unknown until an observation arrives.',
    unknownThen: 'What stood at this moment is not known.',
  },

  history: {
    heading: 'History',
    scale: 'Scale',
    scales: { log: 'Log', linear: 'Linear' },
    chart: 'Sockets per state over time',
  },

  sockets: {
    columns: {
      state: 'State',
      local: 'Local',
      remote: 'Remote',
      process: 'Process',
      age: 'Age',
      recvq: 'Recv-Q',
      sendq: 'Send-Q',
      timer: 'Timer',
    },
    ageLower: 'At least: counted from when Halfclose first saw it',
    ageExact: 'Time in this state',
    timers: {
      none: '',
      retransmit: 'retransmit',
      keepalive: 'keepalive',
      time_wait: 'expiry',
      probe: 'probe',
    } satisfies Record<TimerKind, string>,
    gaps: {
      none: '',
      kernel: 'kernel',
      accept_queue: 'not accepted',
      permission: 'no permission',
      not_found: 'not found',
      pending: 'not read yet',
    } satisfies Record<OwnerGap, string>,
    gapMeaning: {
      none: '',
      kernel: 'No process can hold it any more; the kernel finishes the close.',
      accept_queue: 'It waits in the accept queue; the program has not called accept().',
      permission:
        'Halfclose may not read the descriptors of every process (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH).',
      not_found: 'No process that can be seen here holds it; perhaps one in another pid namespace.',
      pending: 'Descriptors have not been read since it appeared.',
    } satisfies Record<OwnerGap, string>,
  },

  where: {
    namespaceKinds: {
      host: 'The one that Halfclose runs in',
      named: 'Named by ip netns',
      container: 'Of a container',
      pod: 'Of a pod',
      unit: 'Of a systemd unit',
      unnamed: 'Without a name; this is its inode, as lsns shows it',
    } satisfies Record<NamespaceKind, string>,
    queue: (waiting: string, max: string) => `${waiting} of ${max} waiting`,
    queueMaxUnknown: (waiting: string) => `${waiting} waiting`,
    use: (used: string, usable: string) => `${used} of ${usable}`,
    more: (count: string) => `and ${count} more`,
  },

  footer: {
    version: (version: string) => `Halfclose ${version}`,
    kernel: (kernel: string) => `Linux ${kernel}`,
    cost: (milliseconds: string) => `a pass takes ${milliseconds} ms`,
    passes: (full: string, counts: string) => `full pass every ${full}, counts every ${counts} (CPU budget)`,
    widened: (full: string) => `a pass every ${full}`,
    units: (ok: number, all: number) => `${ok} of ${all} parts working`,
    metrics: 'Metrics',
    api: 'API',
  },
};

export type PageTexts = typeof pageEn;
