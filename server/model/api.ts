import { Type, type Static, type TSchema } from 'typebox';
import { ConsideredSchema, FindingSchema, SEVERITIES } from './finding.ts';
import { OBSERVER_STATES } from './live.ts';
import { MAX_LISTENERS, NAMESPACE_KINDS, OWNER_CAPABILITIES, PASS_KINDS, UNIT_KINDS } from './observation.ts';
import { OWNER_GAPS } from './snapshot.ts';
import { Nullable, Time } from './schema.ts';
import { STORAGE_STATES } from './storage.ts';
import { TIMER_KINDS } from './socket-table.ts';
import { STATES } from './state.ts';

/** Processes listed with one socket. */
export const MAX_HOLDERS = 20;

const FAMILIES = ['ipv4', 'ipv6'] as const;
export type Family = (typeof FAMILIES)[number];

/** The bodies of /api/v1: validation, types and OpenAPI are made from these. */

const StateSchema = Type.Enum(STATES);

/** An object with one key for each name, all of one schema. */
function each<const K extends string, S extends TSchema>(names: readonly K[], schema: S) {
  return Type.Object(Object.fromEntries(names.map((name) => [name, schema])) as Record<K, S>);
}

const ByStateSchema = each(STATES, Type.Integer());

/** How fresh an answer made from the newest Observation is. */
const freshness = {
  at: Time,
  stale: Type.Boolean({ description: 'true: the observer is down, and this is the last that it saw' }),
  observationAgeSeconds: Type.Number({ description: 'Since the server got it' }),
};

const EndpointSchema = Type.Object({ address: Type.String(), port: Type.Integer() });

const groupOfProcess = {
  unit: Nullable(Type.String({ description: 'The systemd service or scope it runs in' })),
  container: Nullable(Type.String({ description: "Its container's id; of LXC the name" })),
  pod: Nullable(Type.String({ description: "Its Kubernetes pod's uid" })),
};

const ProcessSchema = Type.Object({ pid: Type.Integer(), name: Type.String(), ...groupOfProcess });

const MemorySchema = Type.Object(
  {
    receivedBytes: Type.Integer(),
    receiveLimitBytes: Type.Integer({ description: 'SO_RCVBUF' }),
    sendQueuedBytes: Type.Integer(),
    sendLimitBytes: Type.Integer({ description: 'SO_SNDBUF' }),
    drops: Type.Integer({ description: 'Packets that it dropped' }),
  },
  { description: "The socket's memory, the kernel's own included" },
);

const TcpInfoSchema = Type.Object(
  {
    rttSeconds: Type.Number({ description: 'Smoothed round-trip time; 0: not measured yet' }),
    rttVarianceSeconds: Type.Number(),
    minRttSeconds: Nullable(Type.Number({ description: 'null: not measured yet' })),
    retransmissionTimeoutSeconds: Type.Number(),
    backoff: Type.Integer({ description: 'Doublings of the timeout since the peer last answered' }),
    congestionControl: Nullable(Type.String()),
    congestionWindowSegments: Type.Integer(),
    sendMssBytes: Type.Integer(),
    unackedSegments: Type.Integer({ description: 'Sent and not acknowledged; of LISTEN the accept queue' }),
    sackedSegments: Type.Integer({ description: "Of LISTEN the accept queue's maximum" }),
    lostSegments: Type.Integer(),
    retransmissionsTotal: Type.Integer({ description: 'Segments sent again in all its life' }),
    lastDataSentSeconds: Type.Number({ description: 'Time since then; so below' }),
    lastDataReceivedSeconds: Type.Number(),
    lastAckReceivedSeconds: Type.Number(),
    bytesAcked: Type.Integer(),
    bytesReceived: Type.Integer(),
    notSentBytes: Type.Integer({ description: 'Written by the program, and not sent even once' }),
    memory: Nullable(MemorySchema),
    cgroupId: Nullable(Type.Integer({ description: 'The inode of its cgroup v2 directory' })),
    mark: Nullable(Type.Integer({ description: 'SO_MARK; null also without CAP_NET_ADMIN' })),
  },
  {
    description:
      'What the kernel tells of the connection at the time of the answer; null where the source cannot, for TIME_WAIT ' +
      'and where the socket is gone. Source: struct tcp_info, struct sk_meminfo',
  },
);
export type TcpInfo = Static<typeof TcpInfoSchema>;

const SocketRowSchema = Type.Object({
  id: Type.String(),
  netns: Type.String(),
  family: Type.Enum(FAMILIES),
  state: StateSchema,
  local: EndpointSchema,
  remote: EndpointSchema,
  recvQueueBytes: Type.Integer(),
  sendQueueBytes: Type.Integer(),
  uid: Type.Integer(),
  inode: Type.Integer(),
  process: Nullable(ProcessSchema),
  processes: Type.Array(ProcessSchema, {
    description: `All that hold it, as they inherited it or had it passed to them: the longest-running first, which is also process; at most ${MAX_HOLDERS}`,
  }),
  processesTotal: Type.Integer({ description: 'How many hold it' }),
  processUnknown: Type.Enum(OWNER_GAPS, {
    description:
      'Why process is null; "none" where it is not; "accept_queue" where it is that of the listener, since nobody has accepted it',
  }),
  ageSeconds: Type.Number(),
  ageExact: Type.Boolean({ description: 'false: a lower bound, counted from first sight' }),
  timer: Nullable(
    Type.Object({
      kind: Type.Enum(TIMER_KINDS),
      expiresSeconds: Type.Number(),
      retransmits: Type.Integer(),
      probes: Type.Integer(),
    }),
  ),
  tcpInfo: Nullable(TcpInfoSchema),
});
export type SocketRow = Static<typeof SocketRowSchema>;

export const SORT_KEYS = ['age', 'recvq', 'sendq', 'state', 'local', 'remote', 'process', 'pid'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const SocketsAnswerSchema = Type.Object({
  at: Time,
  total: Type.Integer({ description: 'Sockets that match, on all pages' }),
  rows: Type.Array(SocketRowSchema),
  nextCursor: Nullable(Type.String()),
});
export type SocketsAnswer = Static<typeof SocketsAnswerSchema>;

const StateEnteredSchema = Type.Object({
  state: StateSchema,
  enteredAt: Time,
  exact: Type.Boolean({ description: 'false: it was in it then; it may have been for longer' }),
});
export type StateEntered = Static<typeof StateEnteredSchema>;

export const StorySchema = Type.Object({
  at: Time,
  socket: SocketRowSchema,
  states: Type.Array(StateEnteredSchema, {
    description:
      'Those that it was seen in, the first one first; the last is the one that it is in. Those before may have been forgotten where connections change state by the ten thousand',
  }),
  findings: Type.Array(Type.String(), { description: 'Fingerprints of the findings that it belongs to' }),
});
/** What is known of one socket. */
export type Story = Static<typeof StorySchema>;

export const GROUP_KEYS = [
  'process',
  'pid',
  'unit',
  'container',
  'netns',
  'remote',
  'remotePort',
  'local',
  'localPort',
  'uid',
] as const;
export type GroupKey = (typeof GROUP_KEYS)[number];

export const GroupsAnswerSchema = Type.Object({
  at: Time,
  total: Type.Integer({ description: 'Groups there are; the largest are listed' }),
  groups: Type.Array(
    Type.Object({
      key: Type.Record(Type.String(), Type.String()),
      sockets: Type.Integer(),
      byState: ByStateSchema,
      oldestAgeSeconds: Type.Number(),
    }),
  ),
});
export type GroupsAnswer = Static<typeof GroupsAnswerSchema>;

const ListenerSchema = Type.Object({
  netns: Type.String({ description: 'Network namespace' }),
  address: Type.String(),
  port: Type.Integer(),
  process: Nullable(
    Type.Object({
      pid: Type.Integer(),
      name: Type.String(),
      unit: groupOfProcess.unit,
      container: groupOfProcess.container,
    }),
  ),
  acceptQueue: Type.Integer({ description: 'Connections waiting for accept()' }),
  acceptQueueMax: Nullable(Type.Integer()),
});

const PortUseSchema = Type.Object({
  netns: Type.String({ description: 'Network namespace' }),
  localAddress: Type.String(),
  remoteAddress: Type.String(),
  remotePort: Type.Integer(),
  used: Type.Integer({ description: 'Local ports of the ephemeral range in use to this destination' }),
  timeWait: Type.Integer({ description: 'Of these, those in TIME_WAIT' }),
  usable: Nullable(Type.Integer({ description: 'Ports that the range has, less the reserved ones' })),
});

const PassCostSchema = Type.Object({
  intervalSeconds: Type.Number(),
  cpuSeconds: Type.Number({ description: 'User and system' }),
});

const RatesSchema = Nullable(
  Type.Object(
    {
      activeOpens: Type.Number(),
      passiveOpens: Type.Number(),
      attemptFails: Type.Number(),
      estabResets: Type.Number(),
      listenOverflows: Type.Number(),
      timeWaitOverflows: Type.Number(),
    },
    { description: 'A second, from the counters of the kernel; null on the first pass' },
  ),
);

const LimitsSchema = Type.Object({
  portRange: Nullable(Type.Object({ low: Type.Integer(), high: Type.Integer() })),
  reservedPorts: Nullable(Type.Integer()),
  maxTimeWait: Nullable(Type.Integer()),
  finTimeoutSeconds: Nullable(Type.Integer()),
  timeWaitReuse: Nullable(Type.Integer()),
  maxOrphans: Nullable(Type.Integer()),
  maxSynBacklog: Nullable(Type.Integer()),
  synCookies: Nullable(Type.Integer()),
  somaxconn: Nullable(Type.Integer()),
  memoryPages: Nullable(Type.Object({ low: Type.Integer(), pressure: Type.Integer(), high: Type.Integer() })),
  maxConntrack: Nullable(Type.Integer()),
  retries1: Nullable(Type.Integer()),
  retries2: Nullable(Type.Integer()),
  orphanRetries: Nullable(Type.Integer()),
  synRetries: Nullable(Type.Integer()),
  synLinearTimeouts: Nullable(Type.Integer()),
  keepalive: Nullable(
    Type.Object({
      timeSeconds: Type.Integer(),
      intervalSeconds: Type.Integer(),
      probes: Type.Integer(),
    }),
  ),
  receiveBufferBytes: Nullable(Type.Integer()),
});

export const SummaryAnswerSchema = Type.Object({
  ...freshness,
  source: Type.String({ description: 'What the sockets are read from' }),
  sourceReason: Type.String({ description: 'Why it was chosen' }),
  complete: Type.Boolean({ description: 'false: rows are missing, and nothing was detected on this pass' }),
  intervalSeconds: Type.Number({
    description: 'Until the next pass; longer where the CPU budget asks for it',
  }),
  kind: Type.Enum(PASS_KINDS, {
    description: 'counts: sockets, rates and sockstat are of this pass, all else is of the last full one',
  }),
  fullAt: Type.String({ format: 'date-time', description: 'The last full pass' }),
  passes: Type.Object(
    { full: PassCostSchema, counts: Nullable(PassCostSchema) },
    { description: 'How far apart passes of each kind are planned, and what the last one cost' },
  ),
  watchedSeconds: Type.Number({ description: 'Since the first pass of this observer' }),
  gapSeconds: Nullable(
    Type.Number({ description: 'Time unseen before this pass, if more than three intervals' }),
  ),
  observer: Type.Object({
    state: Type.Enum(OBSERVER_STATES),
    reason: Nullable(Type.String({ description: 'Why it is down' })),
    restarts: Type.Integer(),
  }),
  storage: Type.Object(
    {
      state: Type.Enum(STORAGE_STATES),
      reason: Nullable(Type.String({ description: 'Why it is not ok' })),
      bytes: Type.Integer(),
      setAside: Type.Array(Type.String(), {
        description: 'Files that were damaged or of a newer version, and why each was renamed',
      }),
    },
    { description: 'What keeps history and alerts; failing: what is written now is lost' },
  ),
  sockets: Type.Object({
    total: Type.Integer(),
    byState: ByStateSchema,
    byFamily: each(FAMILIES, Type.Integer()),
    byStateFamily: each(FAMILIES, ByStateSchema),
  }),
  oldest: each(STATES, Nullable(Type.Object({ seconds: Type.Number(), exact: Type.Boolean() }))),
  rates: RatesSchema,
  flows: Type.Array(
    Type.Object({ from: Nullable(StateSchema), to: Nullable(StateSchema), perSecond: Type.Number() }),
    { description: 'Sockets that changed state between two passes; null: not there before, or gone' },
  ),
  findings: each(SEVERITIES, Type.Integer()),
  undecided: Type.Array(Type.String()),
  undecidedNamespaces: Type.Array(Type.String(), {
    description:
      'Network namespaces not read long enough, or not on their last turn: no finding there means nothing yet',
  }),
  namespaces: Type.Integer({ description: 'Network namespaces that are watched; counts are of all of them' }),
  processes: Type.Array(
    Type.Object({
      pid: Type.Integer(),
      name: Type.String(),
      ...groupOfProcess,
      descriptors: Nullable(Type.Integer()),
      descriptorLimit: Nullable(Type.Number({ description: 'null: not known, or unlimited' })),
      byState: ByStateSchema,
    }),
    { description: 'The processes with the most sockets; otherProcesses is the sum of the rest' },
  ),
  otherProcesses: ByStateSchema,
  ownership: Type.Object({
    sockets: each(OWNER_GAPS, Type.Integer()),
    processesDenied: Type.Integer({ description: 'Processes whose descriptors may not be read' }),
    processesDeniedAlthoughHeld: Type.Integer({
      description:
        'Of these, the ones that no capability is lacking for: another user namespace, or a security module',
    }),
    missingCapabilities: Type.Array(
      Type.Object({
        capability: Type.Enum(OWNER_CAPABILITIES),
        processes: Type.Integer({ description: 'How many its lack hides' }),
      }),
    ),
    processesHidden: Type.Boolean({ description: 'Those of other users are not even listed (hidepid)' }),
  }),
  units: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.Enum(UNIT_KINDS),
      ok: Type.Boolean(),
      durationSeconds: Type.Number(),
      error: Nullable(Type.String()),
    }),
    { description: 'How each collector and detector did on this pass' },
  ),
  limits: LimitsSchema,
  sockstat: Nullable(
    Type.Object(
      { orphans: Type.Integer(), memoryPages: Type.Integer() },
      { description: 'Of all network namespaces together, as the kernel counts them' },
    ),
  ),
  conntrackEntries: Nullable(
    Type.Integer({
      description: "Connections tracked in Halfclose's own network namespace; null: none are tracked",
    }),
  ),
  cost: Type.Object({ cpuSecondsTotal: Type.Number(), passSeconds: Type.Number() }),
});
export type SummaryAnswer = Static<typeof SummaryAnswerSchema>;

export const ListenersAnswerSchema = Type.Object({
  ...freshness,
  total: Type.Integer({
    description: `Listening sockets there are; the ${MAX_LISTENERS} with the longest accept queues are listed`,
  }),
  listeners: Type.Array(ListenerSchema),
});
export type ListenersAnswer = Static<typeof ListenersAnswerSchema>;

export const PortsAnswerSchema = Type.Object({ ...freshness, ports: Type.Array(PortUseSchema) });

export const NamespacesAnswerSchema = Type.Object({
  ...freshness,
  total: Type.Integer({ description: 'Namespaces that are watched; those with the most sockets are listed' }),
  namespaces: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.Enum(NAMESPACE_KINDS, {
        description: 'What it is named after; host is the one Halfclose runs in',
      }),
      inode: Nullable(Type.Integer({ description: 'As lsns shows it; null where it may not be read' })),
      processes: Nullable(Type.Integer({ description: 'In it; null where nobody counted' })),
      readAt: Nullable(Time),
      intervalSeconds: Nullable(Type.Number({ description: 'Between the last two times that it was read' })),
      source: Nullable(Type.Object({ name: Type.String(), why: Type.String() })),
      complete: Type.Boolean({
        description: 'The last read saw all sockets; if not, counts may be as of readAt',
      }),
      error: Nullable(Type.String({ description: 'Why it could not be read the last time' })),
      sockets: Type.Integer(),
      byState: ByStateSchema,
      rates: RatesSchema,
      limits: LimitsSchema,
    }),
  ),
});

export const FindingsAnswerSchema = Type.Object({
  ...freshness,
  findings: Type.Array(
    Type.Object({
      ...FindingSchema.properties,
      title: Type.String(),
      explanation: Type.String(),
      advice: Type.String(),
      command: Nullable(
        Type.String({
          description: 'Lists the same sockets in a shell; null where ss has no words for them',
        }),
      ),
      past: Type.Optional(
        Type.Object(
          {
            seenAt: Type.String({ format: 'date-time', description: 'When it was as it is told here' }),
            lastSeenAt: Time,
            endsAt: Nullable(
              Type.String({ format: 'date-time', description: 'null: it stands, as far as is known' }),
            ),
          },
          { description: 'Where a past moment was asked for' },
        ),
      ),
    }),
  ),
  undecided: Type.Array(Type.String(), {
    description: 'Detectors that have not watched long enough: for them, silence means nothing yet',
  }),
  considered: Type.Optional(
    Type.Array(
      Type.Object({
        ...ConsideredSchema.properties,
        sentence: Type.String({ description: 'What was seen, and why it is let pass' }),
      }),
      { description: 'What was looked at and is no finding; where it was asked for' },
    ),
  ),
});
export type FindingsAnswer = Static<typeof FindingsAnswerSchema>;

export const EpisodesAnswerSchema = Type.Object({
  from: Time,
  to: Time,
  since: Nullable(
    Type.String({ format: 'date-time', description: 'Of before not all is kept; null: nothing at all' }),
  ),
  episodes: Type.Array(
    Type.Object({
      fingerprint: Type.String(),
      detector: FindingSchema.properties.detector,
      cause: Type.String({ description: 'At its worst; so are severity, labels, title and count' }),
      severity: FindingSchema.properties.severity,
      labels: FindingSchema.properties.labels,
      title: Type.String(),
      count: Type.Integer(),
      startsAt: Time,
      lastSeenAt: Type.String({ format: 'date-time', description: 'While it stands, within a minute' }),
      endsAt: Nullable(
        Type.String({
          format: 'date-time',
          description: 'null: it stands. Where nobody looked when it ended, when it was last seen',
        }),
      ),
    }),
    { description: 'The last to begin comes first' },
  ),
  truncated: Type.Boolean({ description: 'There are more than the limit' }),
});
export type EpisodesAnswer = Static<typeof EpisodesAnswerSchema>;

const ColumnSchema = Type.Array(Nullable(Type.Number()));

export const HistoryAnswerSchema = Type.Object({
  from: Time,
  to: Time,
  stepSeconds: Type.Number({
    description:
      'From one point to the next; more than asked for where it is not kept so finely, or would be too much',
  }),
  oldest: Nullable(
    Type.String({ format: 'date-time', description: 'Nothing is kept from before; null: nothing at all' }),
  ),
  at: Type.Array(Type.Integer(), {
    description: 'Beginning of each step, in milliseconds since 1970, as far as anything is stored',
  }),
  series: Type.Array(
    Type.Object({ name: Type.String(), min: ColumnSchema, mean: ColumnSchema, max: ColumnSchema }),
    { description: 'In the order of names, each column as long as at; null where nothing is known' },
  ),
  truncated: Type.Boolean({ description: 'More series were selected than one answer has' }),
});
export type HistoryApiAnswer = Static<typeof HistoryAnswerSchema>;

export const SeriesAnswerSchema = Type.Object({
  series: Type.Array(
    Type.Object({
      name: Type.String(),
      lastSeenAt: Type.String({ format: 'date-time', description: 'Within a quarter of an hour' }),
    }),
  ),
});

export const ErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'For programs; does not change' }),
    message: Type.String({ description: 'For people' }),
    position: Type.Optional(Type.Integer({ description: 'Of a mistake in a filter, from 0' })),
    expected: Type.Optional(Type.String()),
  }),
});

export const MAX_ROWS = 1000;
export const MAX_GROUPS = 1000;
