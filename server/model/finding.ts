import { Type, type Static } from 'typebox';
import { Nullable, Time } from './schema.ts';
import { STATES } from './state.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const SeveritySchema = Type.Enum(SEVERITIES);

/** The causes each detector can name. The texts explain every one of them, in both languages. */
export const CAUSES = {
  /**
   * never_accepted: still in the accept queue. unread_data: the owner stopped before reading. fin_unread: nobody reads
   * that descriptor. drained: read to the end, close() is missing. unknown_owner is no cause: it is a gap of evidence.
   */
  close_wait_leak: ['never_accepted', 'unread_data', 'fin_unread', 'drained'],
  /** client_ports: a destination runs out of ports. serving_side: harmless, explained. table_full: tcp_max_tw_buckets. */
  time_wait_buildup: ['client_ports', 'serving_side', 'table_full'],
  /** held_open: connections that are not closed take the ports to a destination. bound_only: bind() before connect(). */
  port_exhaustion: ['held_open', 'bound_only'],
  /**
   * slow_accept: the accept queue is full, so handshakes cannot end. flood: SYN-ACKs get no answer. cookies: more clients at
   * once than the backlog takes. dropping: the same, and cookies are off.
   */
  syn_backlog: ['slow_accept', 'flood', 'cookies', 'dropping'],
  /** not_accepting: connections wait, the queue has room. bursts: it overflowed between two looks. */
  accept_queue_full: ['not_accepting', 'nearly_full', 'overflowing', 'bursts'],
  /** resetting: the kernel ends orphans for want of memory. */
  orphan_pressure: ['near_limit', 'resetting'],
  /** pressure: the kernel shrinks buffers. exhausted: it refuses memory, and ends connections. */
  tcp_memory_pressure: ['pressure', 'exhausted'],
  /** growing: far from the limit, and there soon. */
  descriptor_exhaustion: ['growing', 'near_limit', 'exhausted'],
  /** data_after_close: peers go on sending to sockets that are closed. refused: connect() finds nobody listening. */
  reset_storm: ['unread_at_close', 'linger_zero', 'data_after_close', 'timed_out', 'refused'],
  /** dropping: packets, or entries that make room for others. */
  conntrack_full: ['nearly_full', 'dropping'],
  /** sending: nothing is acknowledged. probing: nothing is answered. idle: silent for hours, and nobody asks. */
  half_open: ['sending', 'probing', 'idle'],
  /** peer_not_reading: it takes no more. not_reading: our side's program leaves its receive buffer full. */
  zero_window: ['peer_not_reading', 'not_reading'],
  /** undelivered: data or FIN is not acknowledged. window_closed: the peer does not read what is left. */
  fin_wait_stuck: ['undelivered', 'window_closed', 'peer_not_closing'],
  last_ack_stuck: ['undelivered', 'window_closed'],
  closing_stuck: ['undelivered', 'window_closed'],
  /** unanswered: SYNs are dropped on the way, or by the destination. */
  syn_sent_stuck: ['unanswered'],
} as const;

export type DetectorName = keyof typeof CAUSES;
type Cause = (typeof CAUSES)[DetectorName][number];
export const DETECTOR_NAMES = Object.keys(CAUSES) as DetectorName[];

const ForecastSchema = Type.Object({
  /** What runs out: the process's descriptors, or the ports to a destination. */
  limit: Type.Union([Type.Literal('descriptors'), Type.Literal('ports')]),
  used: Type.Number(),
  max: Type.Number(),
  perSecond: Type.Number({ description: 'Present slope, in units of the limit a second' }),
  inSeconds: Type.Number({ description: 'Until the limit is reached if the slope stays' }),
  soonestSeconds: Type.Number({
    description: 'The same at the steepest slope that the samples allow, with a confidence of 95 %',
  }),
  latestSeconds: Nullable(Type.Number(), {
    description: 'The same at the flattest; null: they allow that it is never reached',
  }),
});
export type Forecast = Static<typeof ForecastSchema>;

/**
 * Numbers and words that a finding rests on, by name; units are in the names (`oldestAgeSeconds`).
 * Which keys a cause carries is stated beside its detector.
 */
const EvidenceSchema = Type.Record(
  Type.String(),
  Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]),
);
export type Evidence = Static<typeof EvidenceSchema>;

/** Every key that evidence can carry; the texts name each. */
export type EvidenceKey =
  // close_wait_leak: old enough sockets by cause, then younger ones, which are not counted
  | 'neverAccepted'
  | 'unreadData'
  | 'finUnread'
  | 'drained'
  | 'younger'
  | 'minAgeSeconds'
  | 'peers'
  /** Of one name, where each has a few. */
  | 'processes'
  | 'recvQueueBytes'
  /** Why the process is not known: one of OWNER_GAPS. */
  | 'ownerGap'
  /** Of the process, as in `Process`; only where known. */
  | 'unit'
  | 'container'
  /** Of the process, and its soft limit; null where unknown or unlimited. */
  | 'descriptorsUsed'
  | 'descriptorLimit'
  /** Connections waiting at the listener, and its maximum; null where the source does not know it. */
  | 'acceptQueue'
  | 'acceptQueueMax'
  // both detectors: slope of the count; null until it can be judged
  | 'growthPerMinute'
  | 'growthWindowSeconds'
  /** The growth is certain, not one socket coming and going. */
  | 'growing'
  // time_wait_buildup
  | 'portsUsed'
  | 'portsUsable'
  | 'usedRatio'
  | 'timeWait'
  | 'established'
  | 'connectionsPerSecond'
  /** tcp_tw_reuse: 0 off, 1 on, 2 loopback only. */
  | 'timeWaitReuse'
  | 'process'
  | 'pid'
  | 'bytesAtLeast'
  | 'bytesAtMost'
  /** tcp_max_tw_buckets. */
  | 'maxTimeWait'
  | 'overflowPerSecond'
  // port_exhaustion: sockets that are bound and no more; of the process that has most of them, how many
  | 'boundOnly'
  | 'processSockets'
  | 'closeWait'
  // accept_queue_full and syn_backlog: of the namespace, over the last `windowSeconds`
  | 'windowSeconds'
  | 'listenOverflows'
  | 'listeners'
  /** net.core.somaxconn. */
  | 'somaxconn'
  // syn_backlog: requests of that listener, and how many it takes
  | 'synRecv'
  | 'synBacklogMax'
  /** SYN-ACK was sent again, and again not answered. */
  | 'unanswered'
  | 'remoteAddresses'
  | 'cookiesSent'
  | 'cookiesReceived'
  /** tcp_syncookies: 0 off, 1 when needed, 2 always. */
  | 'synCookies'
  /** TCPReqQFullDrop. */
  | 'requestsDropped'
  /** ListenDrops that are none of the above. */
  | 'otherDrops'
  // orphan_pressure
  | 'orphans'
  | 'maxOrphans'
  | 'finWait1'
  | 'lastAck'
  | 'closing'
  /** TCPAbortOnMemory. */
  | 'abortsOnMemory'
  // tcp_memory_pressure: pages in use, and the three numbers of tcp_mem
  | 'memoryPages'
  | 'memoryLowPages'
  | 'memoryPressurePages'
  | 'memoryHighPages'
  | 'queuedBytes'
  | 'processQueuedBytes'
  // descriptor_exhaustion
  | 'tcpSockets'
  // reset_storm
  | 'perSecond'
  | 'resetRatio'
  | 'openedPerSecond'
  | 'outResetsPerSecond'
  | 'establishedResetsPerSecond'
  | 'failedAttemptsPerSecond'
  // conntrack_full
  | 'conntrackEntries'
  | 'maxConntrack'
  | 'droppedPerSecond'
  | 'earlyDroppedPerSecond'
  // Stuck connections: half_open, zero_window, fin_wait_stuck, last_ack_stuck, closing_stuck, syn_sent_stuck
  | 'sending'
  | 'probing'
  | 'peerNotReading'
  | 'notReading'
  | 'undelivered'
  | 'windowClosed'
  /** Of the same process (or of nobody) with the same peer on the same port: open or closing, these among them. */
  | 'connections'
  | 'sendQueueBytes'
  /** Of all of them the most; so `probes`. */
  | 'retransmits'
  | 'probes'
  // Of the one that is stuck longest, as tcp_info has it; null where the source does not tell
  | 'backoff'
  | 'retransmissionTimeoutSeconds'
  | 'lastAckReceivedSeconds'
  | 'lastDataReceivedSeconds'
  | 'lastDataSentSeconds'
  /** When the kernel ends a connection that gets no answer, counted from the begin of its trouble; at the earliest. */
  | 'kernelEndsAfterSeconds'
  /** Until then, for the one that is stuck longest. */
  | 'kernelEndsInSeconds'
  | 'retries2'
  | 'orphanRetries'
  | 'synRetries'
  /** tcp_keepalive_time, tcp_keepalive_intvl, tcp_keepalive_probes. */
  | 'keepaliveTimeSeconds'
  | 'keepaliveIntervalSeconds'
  | 'keepaliveProbes'
  /** No program holds them any more. */
  | 'orphaned';

/**
 * How sure a finding is. `certain`: the kernel's numbers leave no other reading. `strong`: all signs point to it. `suspect`:
 * it looks the same when nothing is wrong.
 */
const CERTAINTIES = ['certain', 'strong', 'suspect'] as const;
export type Certainty = (typeof CERTAINTIES)[number];

export const MAX_EXAMPLES = 10;

const EndpointSchema = Type.Object({ address: Type.String(), port: Type.Integer() });

/** One of the sockets concerned, as it was on the pass. */
const ExampleSchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(STATES),
  local: EndpointSchema,
  remote: EndpointSchema,
  ageSeconds: Type.Number(),
  ageExact: Type.Boolean({ description: 'false: a lower bound, counted from first sight' }),
  recvQueueBytes: Type.Integer(),
  sendQueueBytes: Type.Integer(),
});
export type Example = Static<typeof ExampleSchema>;

export const FindingSchema = Type.Object({
  fingerprint: Type.String({
    description: 'Detector and labels, hashed; never a value, a count or a severity',
  }),
  detector: Type.Enum(DETECTOR_NAMES),
  severity: SeveritySchema,
  cause: Type.String({ description: 'A code; may change over the life of a finding' }),
  labels: Type.Record(Type.String(), Type.String(), {
    description: 'Identity: process, pid, role, peer, port, local',
  }),
  count: Type.Integer({ description: 'Sockets concerned' }),
  oldestAgeSeconds: Type.Number(),
  ageExact: Type.Boolean({ description: 'false: the age is a lower bound, counted from first sight' }),
  certainty: Type.Enum(CERTAINTIES, {
    description:
      'certain: no other reading; strong: all signs point to it; suspect: innocent things look the same',
  }),
  evidence: EvidenceSchema,
  examples: Type.Array(ExampleSchema, { description: 'Sockets concerned, the oldest first, at most ten' }),
  causedBy: Type.Optional(
    Type.String({ description: 'Fingerprint of the finding that this one follows from; it alarms nobody' }),
  ),
  forecast: Type.Optional(ForecastSchema),
  filter: Type.String({ description: 'Shows the sockets concerned, in the filter language' }),
  firstSeenAt: Time,
});
export type Finding = Static<typeof FindingSchema>;

/** What a detector says; the rest of a finding is made of it in detect/index.ts. */
export type Detection = Omit<
  Finding,
  'fingerprint' | 'detector' | 'firstSeenAt' | 'evidence' | 'examples' | 'causedBy'
> & {
  cause: Cause;
  evidence: Partial<Record<EvidenceKey, Evidence[string]>>;
  /** The sockets concerned, or the oldest of them, of which examples are taken; none where no socket of the view is. */
  rows: readonly number[];
};

/**
 * Why something that was looked at is no finding.
 * `too_young`: not long enough in its state. `too_few`. `below_limit`: a limit is not near. `harmless`: it costs nothing that
 * matters. `kernel_ends_it`: a timer of the kernel is running that ends it soon. `makes_progress`: slow, and not stuck.
 * `rare`: it happens, and not often enough.
 */
export const REASONS = [
  'too_young',
  'too_few',
  'below_limit',
  'harmless',
  'kernel_ends_it',
  'makes_progress',
  'rare',
] as const;
export type Reason = (typeof REASONS)[number];

/** What `value` and `threshold` of a consideration count. */
export const MEASURES = ['sockets', 'seconds', 'ratio', 'perSecond', 'bytes', 'descriptors'] as const;

const ConsiderationSchema = Type.Object({
  detector: Type.Enum(DETECTOR_NAMES),
  reason: Type.Enum(REASONS),
  labels: Type.Record(Type.String(), Type.String(), { description: 'What was looked at' }),
  measure: Type.Enum(MEASURES),
  value: Type.Number(),
  threshold: Nullable(Type.Number(), {
    description: 'From which it would be a finding; null: however large it is',
  }),
  count: Type.Integer({ description: 'Sockets concerned; 0 where it is not about sockets' }),
  state: Nullable(Type.Enum(STATES), { description: 'That these sockets are in' }),
});
/** What a detector looked at and let pass, with its name, the network namespace among its labels. */
export type Considered = Static<typeof ConsiderationSchema>;
export const ConsideredSchema = ConsiderationSchema;
export type Consideration = Omit<Considered, 'detector'>;

/**
 * FNV-1a, 64 bit, over the detector's name and the labels in order of name, as 16 hex digits.
 * Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
 */
export function fingerprint(detector: string, labels: Readonly<Record<string, string>>): string {
  const parts = [detector];
  for (const name of Object.keys(labels).sort()) parts.push(name, labels[name] ?? '');
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(parts.join('\u0000'))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
