/** What the page of an alert's evidence says beside the words for findings, states and sockets. Numbers arrive as text. */
export const evidencePageEn = {
  documentTitle: (alertname: string, host: string) => `${alertname} on ${host}`,
  kind: 'Evidence of an alert',
  facts: {
    host: 'Host',
    first: 'First seen',
    firing: 'Firing since',
    captured: 'Evidence kept',
    alert: 'Alert',
    filter: 'Filter',
    labels: 'Labels',
  },
  what: 'What it is',
  unknown: 'not known',
  none: 'none',

  trend: 'The ten minutes before',
  trendNote: (step: string) =>
    `The line is the mean of each ${step}, the band reaches from the least to the most. A dashed line marks when it was first seen.`,
  trendMissing: (reason: string) => `The history did not tell: ${reason}.`,
  /** What the series of the history count. */
  series: {
    tcp_sockets: 'all of the host',
    process_tcp_sockets: 'of the process',
    process_open_descriptors: 'Open descriptors',
    process_max_descriptors: 'Descriptor limit',
    process_descriptors_used_ratio: 'Descriptors used, the fullest process',
    listener_accept_queue: 'Accept queue',
    listener_accept_queue_max: 'Accept queue’s maximum',
    ephemeral_ports_used: 'Local ports to the destination',
    ephemeral_ports_time_wait: 'Local ports to it in TIME_WAIT',
    ephemeral_ports_used_ratio: 'Ports used, the fullest destination',
    tcp_orphans: 'Orphaned sockets',
    tcp_memory_pages: 'Pages of memory',
    tcp_active_opens_per_second: 'ActiveOpens a second',
    tcp_passive_opens_per_second: 'PassiveOpens a second',
    tcp_attempt_fails_per_second: 'AttemptFails a second',
    tcp_established_resets_per_second: 'EstabResets a second',
    tcp_listen_overflows_per_second: 'ListenOverflows a second',
    tcp_time_wait_overflows_per_second: 'TCPTimeWaitOverflow a second',
  } as Readonly<Record<string, string>>,
  flat: (names: string) => `At 0 all the time: ${names}.`,
  noSamples: 'no samples',
  chart: (name: string, least: string, most: string, last: string) =>
    `${name}: between ${least} and ${most}, at the end ${last}`,
  before: (duration: string) => `−${duration}`,
  end: 'fires',

  owners: 'Processes that hold them',
  ownersMissing: 'No process is known to hold them.',
  owner: {
    process: 'Process',
    unit: 'Unit, container, pod',
    held: 'Of the sockets listed here',
    states: 'Its sockets by state',
    descriptors: 'Descriptors, open of at most',
  },
  listeners: 'Listeners concerned',
  listener: { address: 'Address', process: 'Process', queue: 'Accept queue' },
  ports: 'Local ports to the destinations concerned',
  port: { from: 'From', to: 'To', used: 'Ports used', timeWait: 'Of these in TIME_WAIT' },

  counters: 'Counters and limits of the host',
  countersMissing: 'Nothing had been observed yet.',
  countersAt: (time: string, sockets: string) => `${sockets} sockets at ${time}.`,
  namespace: (name: string) => `Network namespace ${name}`,
  namespaceAt: (time: string, sockets: string) => `${sockets} sockets, read at ${time}.`,
  states: 'Sockets by state',
  rates: 'A second',
  kernel: 'Of all network namespaces',
  orphans: 'Orphaned sockets',
  memoryPages: 'Pages of memory',
  limits: 'Kernel limits',

  sockets: 'Sockets',
  socketsMissing: (reason: string) => `The sockets could not be asked for: ${reason}.`,
  noSockets: 'None matched any more.',
  socketsShown: (shown: string, total: string, time: string) =>
    shown === total
      ? `All ${total}, the longest in their state first, as at ${time}.`
      : `${shown} of ${total}, the longest in their state first, as at ${time}.`,
  lowerBound: '≥ marks a lower bound: counted from when Halfclose first saw the socket.',
  details: 'What the kernel says',
  alsoHeld: (count: string) => `+${count} that hold it too`,
  timerDue: (kind: string, duration: string) => `${kind} in ${duration}`,
  retransmits: (count: string) => `retransmissions unanswered: ${count}`,
  probes: (count: string) => `probes unanswered: ${count}`,

  tcp: {
    roundTrip: (mean: string, variance: string) => `round trip ${mean} ± ${variance}`,
    sent: (duration: string) => `last data sent ${duration} ago`,
    received: (duration: string) => `last data received ${duration} ago`,
    acknowledged: (duration: string) => `last acknowledgement ${duration} ago`,
    timeout: (duration: string) => `retransmission timeout ${duration}`,
    backoff: (count: string) => `doubled ${count}×`,
    unacked: (count: string) => `segments not acknowledged: ${count}`,
    lost: (count: string) => `lost: ${count}`,
    resent: (count: string) => `sent again in all its life: ${count}`,
    notSent: (bytes: string) => `${bytes} written and not sent`,
    moved: (acked: string, received: string) => `${acked} delivered, ${received} received`,
    congestion: (name: string, window: string, mss: string) => `${name}, window ${window} × ${mss}`,
    receiveMemory: (used: string, limit: string) => `receive memory ${used} of ${limit}`,
    sendMemory: (used: string, limit: string) => `send memory ${used} of ${limit}`,
    drops: (count: string) => `packets dropped: ${count}`,
    mark: (mark: string) => `mark ${mark}`,
  },

  made: (version: string, host: string, kernel: string) =>
    `Made by Halfclose ${version} on ${host}, Linux ${kernel}. Command lines and payload are not in it; names and addresses are.`,
};

export type EvidencePageTexts = typeof evidencePageEn;
