import type { NamespaceKind } from '../observation.ts';
import type { OwnerGap } from '../snapshot.ts';

/** The words of the page of listeners and ports. Numbers and times arrive as text, already written as the language does. */
export const viewListenersEn = {
  filter: 'Filter',
  placeholder: 'Process, address, port, unit, container or namespace',
  clear: 'Clear',
  nothingFits: (typed: string) => `Nothing here contains “${typed}”.`,
  waiting: 'Nothing has been observed yet; it takes a second or two.',
  sortBy: (column: string) => `Sort by ${column}`,
  details: (of: string) => `Details of ${of}`,
  inNamespace: (netns: string) => `in ${netns}`,
  past: (time: string) =>
    `Of ${time} no list is kept, only the lines over time and the findings. What is listed here is of now.`,

  listeners: {
    heading: 'Listeners',
    intro:
      'A finished handshake waits in the accept queue until the program calls accept(). When the queue is full, handshakes cannot end, and clients wait and try again.',
    columns: {
      address: 'Address',
      port: 'Port',
      process: 'Process',
      queue: 'Accept queue',
      history: 'Last hour',
      connections: 'Connections',
    },
    count: (count: number, text: string) => (count === 1 ? '1 address' : `${text} addresses`),
    queue: (waiting: string, max: string) => `${waiting} of ${max}`,
    queueMaxUnknown: (waiting: string) => `${waiting} waiting`,
    queueNote: '/proc does not show the queue’s maximum; sock_diag does.',
    full: 'full',
    peak: (peak: string) => `peak ${peak}`,
    peakMeaning: (peak: string) => `At most ${peak} waiting at a time within the last hour`,
    notRecorded: 'Not recorded: the history keeps the hundred longest queues.',
    times: (count: string) => `×${count}`,
    sharedPort:
      'Listening sockets that share this address and port (SO_REUSEPORT); the fullest queue is shown.',
    processUnknown: 'unknown',
    shown: (from: string, to: string, total: string) => `${from}–${to} of ${total}`,
    next: 'Next',
    previous: 'Previous',
    capped: (listed: string, total: string) =>
      `Here are the ${listed} with the longest accept queues, of ${total} listening sockets. The table of sockets has all of them.`,
    capLink: 'Show all',
    none: 'Nothing listens: no program on this host takes TCP connections.',
    loading: 'Asking for the listeners…',
    failed: (reason: string) =>
      `The list could not be read: ${reason}. It is asked for again every few seconds.`,
    stale: 'The observer does not answer; the list is the last that it gave.',
    overTime: 'Accept queue over time',
    line: { queue: 'waiting', max: 'maximum' },
    connections: 'Its connections',
    noConnections: 'None at present.',
    overflows: 'Overflows',
    overflowing: (rate: string) => `${rate} a second at present.`,
    overflowed: (count: number, text: string) =>
      `${count === 1 ? 'Once' : `${text} times`} within the last hour a connection met a full queue (ListenOverflows).`,
    noOverflows: 'Within the last hour no connection met a full queue (ListenOverflows did not rise).',
    overflowsUnknown: 'How many there were within the last hour is not recorded.',
    overflowsWhose: 'The kernel counts them for the network namespace, not for each listener.',
    overflowsOfAll:
      'The kernel counts them for each network namespace, not for each listener; those of the hour are of all namespaces.',
    maximum: (somaxconn: string) =>
      `The maximum is what the program asked for in listen(), and never more than net.core.somaxconn, ${somaxconn} here.`,
    adviceFull:
      'It is full. Let the program accept faster, with more threads or less work between two calls of accept(); then raise the backlog in listen() and net.core.somaxconn, both.',
    adviceWaiting:
      'Some wait. That is normal for milliseconds; a queue that stays is a program that does not accept.',
    showConnections: 'Show its connections',
    showSockets: 'Show its listening sockets',
    showProcess: 'Show all of this process',
  },

  ports: {
    heading: 'Local ports by destination',
    intro:
      'Each connection that we open takes a local port, for its own local address, remote address and remote port. When none is left, connect() fails with EADDRNOTAVAIL, and no counter of the kernel shows it.',
    columns: {
      destination: 'Destination',
      source: 'From',
      used: 'Ports used',
      timeWait: 'TIME_WAIT',
      forecast: 'Runs out',
    },
    range: (low: string, high: string, reserved: string, usable: string) =>
      reserved === '0'
        ? `${usable} ports to each destination: ${low} to ${high}.`
        : `${usable} ports to each destination: ${low} to ${high}, less ${reserved} that are reserved.`,
    rangeUnknown: 'The range of ports cannot be read here, so that no share of it can be told.',
    rangeSource:
      'Set by net.ipv4.ip_local_port_range, less net.ipv4.ip_local_reserved_ports; of each network namespace its own.',
    rangeOf: (netns: string) => `In ${netns}:`,
    use: (used: string, usable: string) => `${used} of ${usable}`,
    useUnknown: (used: string) => `${used} used`,
    legend: { held: 'open or closing', timeWait: 'TIME_WAIT', free: 'free' },
    notSoon: '–',
    notSoonMeaning: 'No forecast: few ports are used, or their number does not grow.',
    none: 'No destination uses ephemeral ports: no program here has opened a connection.',
    capped: (count: string) => `Here are the ${count} fullest destinations; there may be more.`,
    overTime: 'Ports over time',
    line: { used: 'used', timeWait: 'in TIME_WAIT' },
    recorded: 'The history keeps the ten fullest destinations.',
    usable: 'usable',
    who: 'Who uses them',
    /** TIME_WAIT and the like. */
    nobody: 'no process',
    learn: 'What ephemeral ports are',
    sockets: (count: number, text: string) => (count === 1 ? '1 socket' : `${text} sockets`),
    asking: 'Asking…',
    advice: 'What to do',
    adviceRoom:
      'Nothing: there is room. Should it get tight: keep connections and use them again; more destination or source addresses; or a wider range.',
    adviceTimeWait:
      'Most of them are in TIME_WAIT and free themselves after 60 s. Keep connections open and use them again; net.ipv4.tcp_tw_reuse = 1 lets connect() take such a port sooner.',
    adviceHeld:
      'Most of them are held by connections that have not ended. Bound the pool that opens them, and give idle connections an end.',
    showSockets: 'Show its sockets',
  },

  namespaces: {
    heading: 'Network namespaces',
    columns: { name: 'Namespace', processes: 'Processes', sockets: 'Sockets', read: 'Read' },
    kinds: {
      host: 'The one that Halfclose runs in',
      named: 'Named by ip netns',
      container: 'Of a container',
      pod: 'Of a pod',
      unit: 'Of a systemd unit',
      unnamed: 'Without a name; this is its inode, as lsns shows it',
    } satisfies Record<NamespaceKind, string>,
    notRead: 'not read yet',
    read: (source: string, ago: string) => `by ${source}, ${ago} ago`,
    failed: (error: string) => `Could not be read: ${error}`,
    incomplete: 'The last read missed some sockets.',
    more: (count: string) => `and ${count} more with fewer sockets`,
  },

  owners: {
    heading: 'Whose sockets they are',
    gaps: {
      none: (count: number, text: string) =>
        count === 1 ? '1 socket has a known process.' : `${text} sockets have a known process.`,
      kernel: (count: number, text: string) =>
        `${text} ${count === 1 ? 'belongs' : 'belong'} to no process any more, or not yet: TIME_WAIT, orphans and handshakes are the kernel’s.`,
      accept_queue: (count: number, text: string) =>
        count === 1
          ? '1 waits to be accepted, and counts for the process that listens.'
          : `${text} wait to be accepted, and count for the process that listens.`,
      permission: (count: number, text: string) =>
        `${text} ${count === 1 ? 'is' : 'are'} of processes whose descriptors Halfclose may not read.`,
      not_found: (count: number, text: string) =>
        `${text} ${count === 1 ? 'is' : 'are'} held by no process that can be seen here; perhaps by one in another pid namespace.`,
      pending: (_count: number, text: string) =>
        `${text} appeared since descriptors were last read; wait a moment.`,
    } satisfies Record<OwnerGap, (count: number, text: string) => string>,
    lacking: (capability: string, count: number, text: string) =>
      `${capability} is missing, which hides ${count === 1 ? '1 process' : `${text} processes`}. Give it to Halfclose, or run it as root.`,
    deniedAlthoughHeld: (count: number, text: string) =>
      `${count === 1 ? '1 process' : `${text} processes`} may not be read although no capability is missing: a user namespace or a security module denies it.`,
    hidden:
      'Processes of other users are hidden here: /proc is mounted with hidepid, or shows only its own pid namespace.',
  },
};

export type ViewListenersTexts = typeof viewListenersEn;
