import { Type, type Static } from 'typebox';

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
  evidence: EvidenceSchema,
  forecast: Type.Optional(ForecastSchema),
  filter: Type.String({ description: 'Shows the sockets concerned, in the filter language' }),
  firstSeenAt: Type.String({ format: 'date-time' }),
});
export type Finding = Static<typeof FindingSchema>;

/** What a detector says; the fingerprint and the time of first sight are added by the observer. */
export type Detection = Omit<Finding, 'fingerprint' | 'detector' | 'firstSeenAt' | 'evidence'> & {
  cause: Cause;
  evidence: Partial<Record<EvidenceKey, Evidence[string]>>;
};

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
