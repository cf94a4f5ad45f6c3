import { Type, type Static } from 'typebox';
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
  | 'overflowPerSecond';

/**
 * How sure a finding is. `certain`: the kernel's numbers leave no other reading. `strong`: all signs point to it. `suspect`:
 * it looks the same when nothing is wrong.
 */
export const CERTAINTIES = ['certain', 'strong', 'suspect'] as const;
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
  firstSeenAt: Type.String({ format: 'date-time' }),
});
export type Finding = Static<typeof FindingSchema>;

/** What a detector says; the rest of a finding is made of it in detect/index.ts. */
export type Detection = Omit<
  Finding,
  'fingerprint' | 'detector' | 'firstSeenAt' | 'evidence' | 'examples' | 'causedBy'
> & {
  cause: Cause;
  evidence: Partial<Record<EvidenceKey, Evidence[string]>>;
  /** The sockets concerned, of which examples are taken; none where no socket of the view is. */
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
export type Measure = (typeof MEASURES)[number];

const ConsiderationSchema = Type.Object({
  detector: Type.Enum(DETECTOR_NAMES),
  reason: Type.Enum(REASONS),
  labels: Type.Record(Type.String(), Type.String(), { description: 'What was looked at' }),
  measure: Type.Enum(MEASURES),
  value: Type.Number(),
  threshold: Type.Union([Type.Number(), Type.Null()], {
    description: 'From which it would be a finding; null: however large it is',
  }),
  count: Type.Integer({ description: 'Sockets concerned; 0 where it is not about sockets' }),
  state: Type.Union([Type.Enum(STATES), Type.Null()], { description: 'That these sockets are in' }),
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
