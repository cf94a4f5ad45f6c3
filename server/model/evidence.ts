import { Type, type Static } from 'typebox';
import { AlertSchema } from './alert.ts';
import {
  ListenersAnswerSchema,
  NamespacesAnswerSchema,
  PortsAnswerSchema,
  SocketsAnswerSchema,
  SummaryAnswerSchema,
} from './api.ts';
import { Nullable, Time } from './schema.ts';

/** What is kept of an alert as it began to fire, for whoever looks into it when the sockets are gone. */

/** Sockets that are kept, the oldest first. */
export const MAX_EVIDENCE_SOCKETS = 500;
/** Of each kind, those that hold most of the sockets, or are used most. */
export const MAX_EVIDENCE_OWNERS = 50;
export const MAX_EVIDENCE_LISTENERS = 20;
export const MAX_EVIDENCE_PORTS = 10;
export const MAX_EVIDENCE_SERIES = 40;

const summary = SummaryAnswerSchema.properties;
const row = SocketsAnswerSchema.properties.rows.items.properties;

const SocketSchema = Type.Object({
  id: row.id,
  netns: row.netns,
  family: row.family,
  state: row.state,
  local: row.local,
  remote: row.remote,
  recvQueueBytes: row.recvQueueBytes,
  sendQueueBytes: row.sendQueueBytes,
  uid: row.uid,
  inode: row.inode,
  process: Nullable(Type.Object({ pid: Type.Integer(), name: Type.String() })),
  processesTotal: row.processesTotal,
  processUnknown: row.processUnknown,
  ageSeconds: row.ageSeconds,
  ageExact: row.ageExact,
  timer: row.timer,
  tcpInfo: row.tcpInfo,
});
export type EvidenceSocket = Static<typeof SocketSchema>;

const OwnerSchema = Type.Object({
  pid: Type.Integer(),
  name: Type.String(),
  unit: Nullable(Type.String()),
  container: Nullable(Type.String()),
  pod: Nullable(Type.String()),
  sockets: Type.Integer({ description: 'How many of the sockets above it holds' }),
  descriptors: Nullable(Type.Integer({ description: 'Open; null where it is not known' })),
  descriptorLimit: Nullable(Type.Number({ description: 'null: not known, or unlimited' })),
  byState: Nullable(summary.sockets.properties.byState),
});
export type EvidenceOwner = Static<typeof OwnerSchema>;

const Column = Type.Array(Nullable(Type.Number()));

const TrendSchema = Type.Object({
  stepSeconds: Type.Number(),
  at: Type.Array(Time, { description: 'The beginning of each step' }),
  series: Type.Array(Type.Object({ name: Type.String(), min: Column, mean: Column, max: Column }), {
    description: 'As GET history has them, those that the finding names first; null where there is no sample',
  }),
});
export type EvidenceTrend = Static<typeof TrendSchema>;

export const AlertEvidenceSchema = Type.Object({
  alert: AlertSchema,
  host: Type.Object({ name: Type.String(), version: Type.String(), kernel: Type.String() }),
  capturedAt: Time,
  command: Nullable(Type.String({ description: 'Lists the same sockets in a shell' })),
  sockets: Nullable(
    Type.Object({
      at: Type.String({ format: 'date-time', description: 'The pass that they were seen on' }),
      total: Type.Integer(),
      rows: Type.Array(SocketSchema, {
        description: `The oldest first, at most ${MAX_EVIDENCE_SOCKETS}`,
      }),
    }),
  ),
  socketsError: Nullable(Type.String({ description: 'Why sockets is null' })),
  owners: Type.Array(OwnerSchema, { description: 'The processes that hold these sockets' }),
  ownersTotal: Type.Integer(),
  listeners: Type.Array(ListenersAnswerSchema.properties.listeners.items, {
    description: 'Those that the finding is about',
  }),
  ports: Type.Array(PortsAnswerSchema.properties.ports.items, {
    description: 'Ephemeral ports to the destinations that the finding is about',
  }),
  counters: Nullable(
    Type.Object({
      at: Time,
      total: Type.Integer(),
      byState: summary.sockets.properties.byState,
      rates: summary.rates,
      sockstat: summary.sockstat,
      limits: summary.limits,
    }),
    { description: 'Of the host; null where nothing had been observed' },
  ),
  namespace: Nullable(NamespacesAnswerSchema.properties.namespaces.items, {
    description: 'The network namespace, where it is another than that of Halfclose',
  }),
  trend: Nullable(TrendSchema, { description: 'The last ten minutes before it began to fire' }),
  trendError: Nullable(Type.String({ description: 'Why trend is null' })),
});
export type AlertEvidence = Static<typeof AlertEvidenceSchema>;
