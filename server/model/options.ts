import { Type, type Static, type TSchema } from 'typebox';
import { LANGUAGES } from './alert.ts';
import { Count, Duration, positive, Ratio, strict } from './fields.ts';
import { SEVERITIES } from './finding.ts';
import { ReceiverSchema } from './receiver-options.ts';

/**
 * The configuration file's schema: one place for keys, types, ranges, defaults and the reason of each default.
 * The documents' tables are checked against it, and the error messages made from it.
 */

const everyDetector = {
  enabled: Type.Boolean({ default: true, description: 'false: this detector does not run' }),
  for: Duration(
    '30s',
    'How long a finding must last before its alert fires; a deployment or a short stall is over by then',
  ),
  labels: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$' }), Type.String(), {
      description: 'Labels added to its alerts, for matchers: team: payments',
    }),
  ),
  // No default: the detector judges by what is at stake.
  severity: Type.Optional(
    Type.Enum(SEVERITIES, {
      description: 'Of its warnings and critical findings; what is only explained stays info',
    }),
  ),
};

/** Of detectors of stuck connections: when a number of them is a problem and not the world as it is. */
const manyConnections = {
  minCount: Count(
    5,
    'Stuck connections of one process and port, with one peer or together, from which it is a warning; single clients vanish all the time',
  ),
  minShare: Ratio(
    0.1,
    'Of the connections that came in from there, so many must be stuck as well: a busy server always has a few clients that are gone',
  ),
};

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const DetectorsSchema = Type.Object(
  {
    close_wait_leak: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '60s',
          'Younger CLOSE_WAIT sockets are not counted: a healthy program closes within seconds, and no kernel timer ever will',
        ),
        minCount: Count(
          5,
          'Old CLOSE_WAIT sockets of one process with one peer; a few are often a pool that has not noticed yet',
        ),
        criticalWithin: Duration(
          '1h',
          "Critical when the process's descriptor limit is nearer than this at the present slope: time to wake somebody and still act",
        ),
        criticalRatio: Ratio(
          0.8,
          'Critical when this share of the descriptor limit is used; accept() and open() fail at 1',
        ),
      },
      strict,
    ),
    time_wait_buildup: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.5,
          'Ports in use to one destination, of those the range has: from half, the kernel searches longer for a free one',
        ),
        criticalRatio: Ratio(
          0.8,
          'As above; connect() fails with EADDRNOTAVAIL at 1, and no counter says so',
        ),
        tableRatio: Ratio(
          0.9,
          'TIME_WAIT sockets, of tcp_max_tw_buckets: beyond the limit new ones are dropped and late segments may hit a new connection',
        ),
        explainCount: Count(
          1000,
          'TIME_WAIT on one serving port from which it is explained; never alarmed, it is harmless',
        ),
      },
      strict,
    ),
    port_exhaustion: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.5,
          'Ports taken by open connections to one destination, or by sockets that are only bound, of those the range has: from half, the kernel searches longer for a free one',
        ),
        criticalRatio: Ratio(0.8, 'As above; connect() or bind() fails at 1, and no counter says so'),
      },
      strict,
    ),
    syn_backlog: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.8,
          'Handshakes under way at one listener, of those its backlog takes: beyond it the kernel sends cookies, or drops',
        ),
        minDrops: Count(
          10,
          'Requests that met a full queue within half a minute, from which it is told without seeing the queue full; a few are one burst',
        ),
      },
      strict,
    ),
    accept_queue_full: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.8,
          'Connections that wait for accept(), of those the queue takes: beyond it handshakes are dropped, and clients wait seconds',
        ),
        minWait: Duration(
          '30s',
          'A connection that has waited so long tells that nobody accepts, however short the queue; a healthy program accepts within milliseconds',
        ),
        minOverflows: Count(
          10,
          'Overflows within half a minute from which bursts are told; a client that meets one waits a second and gets in',
        ),
      },
      strict,
    ),
    orphan_pressure: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.25,
          'Orphans, of tcp_max_orphans: the kernel counts one whose peer does not answer or take data up to four times',
        ),
        criticalRatio: Ratio(0.5, 'As above; a peer that is only slow makes its orphan count twice'),
      },
      strict,
    ),
    tcp_memory_pressure: Type.Object({ ...everyDetector }, strict),
    descriptor_exhaustion: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.8,
          'Open descriptors of a process, of its limit; accept(), connect() and open() fail at 1',
        ),
        criticalRatio: Ratio(0.95, 'As above: one burst from failing'),
        growthRatio: Ratio(
          0.5,
          'Growth is judged from this share of the limit on: below it, it is mostly a program that starts',
        ),
        warnWithin: Duration(
          '1h',
          'Growth that reaches the limit within this time is told: time enough to act',
        ),
      },
      strict,
    ),
    reset_storm: Type.Object(
      {
        ...everyDetector,
        minPerSecond: Count(
          10,
          'Connections a second that end by the same kind of reset; health checks and scanners stay below',
        ),
        minRatio: Ratio(
          0.1,
          'The same, of the connections opened a second: a busy proxy resets a few in a hundred, which is nothing',
        ),
        minTimeoutsPerSecond: Count(
          1,
          'Connections a second that the kernel gave up, in place of minPerSecond: each one was minutes of silence',
        ),
        minWindow: Duration(
          '20s',
          'Rates are judged over at least this time; one burst is no storm',
          positive,
        ),
      },
      strict,
    ),
    conntrack_full: Type.Object(
      {
        ...everyDetector,
        warnRatio: Ratio(
          0.8,
          'Tracked connections, of nf_conntrack_max; at 1 the packets of new connections are dropped, of every program',
        ),
        criticalRatio: Ratio(0.95, 'As above: one burst from dropping'),
      },
      strict,
    ),
    half_open: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '30s',
          'So long nothing was acknowledged, after tcp_retries1 retransmissions; a lost segment is repaired within seconds',
        ),
        ...manyConnections,
        idleAfter: Duration(
          '2h',
          "Silent for so long, and without keepalive, a connection is suspect; keepalive's own default (tcp_keepalive_time)",
        ),
      },
      strict,
    ),
    zero_window: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '60s',
          'So long the window was closed without a byte taken; a slow reader opens it again and again',
        ),
        ...manyConnections,
      },
      strict,
    ),
    fin_wait_stuck: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '30s',
          'So long nothing of what is left was acknowledged; an orphan is given up after about 100 s',
        ),
        minHalfClosedAge: Duration(
          '5m',
          'So long a program waits in FIN_WAIT2 for the end of an answer; some answers take their time',
        ),
        ...manyConnections,
      },
      strict,
    ),
    last_ack_stuck: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '30s',
          'So long the FIN, or what stands before it, was not acknowledged; it is given up after about 100 s',
        ),
        ...manyConnections,
      },
      strict,
    ),
    closing_stuck: Type.Object(
      {
        ...everyDetector,
        minAge: Duration('30s', 'So long the FIN was not acknowledged, although the peer has sent its own'),
        ...manyConnections,
      },
      strict,
    ),
    syn_sent_stuck: Type.Object(
      {
        ...everyDetector,
        minAge: Duration(
          '10s',
          'So long no answer came to a SYN and at least two more; one that was lost is answered a second later',
        ),
        minCount: Count(
          3,
          'Unanswered connection attempts to one destination from which it is a warning; mail servers and crawlers always have one',
        ),
        minShare: Ratio(
          0.5,
          "Where it is many destinations: of the process's own connections, so many must be unanswered",
        ),
      },
      strict,
    ),
  },
  strict,
);

const TimeOfDay = (description: string) =>
  Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description });

const QuietHoursSchema = Type.Object(
  {
    from: TimeOfDay('HH:MM, when they begin'),
    to: TimeOfDay('HH:MM, when they end: on the next day, where that is earlier than from'),
    days: Type.Array(Type.Enum(WEEKDAYS), {
      default: [...WEEKDAYS],
      description: 'Days on which they begin',
    }),
    timezone: Type.Optional(
      Type.String({ format: 'time-zone', description: "Such as Asia/Shanghai; by default this host's" }),
    ),
    matchers: Type.Array(Type.String({ description: 'severity!="critical"' }), {
      default: ['severity!="critical"'],
      description: 'Which alerts wait until they are over; by default all that are not critical',
    }),
  },
  strict,
);

/** An alert that grew worse would leave its group. */
const GroupLabel = Type.String({
  pattern: '^(?!severity$)[a-zA-Z_][a-zA-Z0-9_]*$',
  description: 'A label other than severity, which changes while an alert fires',
});

export const AlertsSchema = Type.Object(
  {
    repeat: Duration(
      '4h',
      "A firing alert is told again after this long, as Alertmanager's repeat_interval",
      positive,
    ),
    keepFiringFor: Duration(
      '1m',
      'A finding must be gone this long before its alert resolves, so that it does not flap',
    ),
    giveUpAfter: Duration(
      '24h',
      'A notification that could not be delivered for this long is dropped and counted',
      positive,
    ),
    minSeverity: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')], {
      default: 'warning',
      description: 'Findings below it are shown and explained, and alarm nobody',
    }),
    language: Type.Enum(LANGUAGES, { default: 'en', description: 'Of the sentences in notifications' }),
    groupBy: Type.Array(GroupLabel, {
      default: ['alertname'],
      description: 'Alerts that have these labels in common are told in one message; []: all in one',
    }),
    groupWait: Duration(
      '5s',
      'The first message of a group waits so long for others: a fault seldom makes one finding alone',
    ),
    groupInterval: Duration(
      '1m',
      'What changes in a group that was told waits until so long after the last message',
    ),
    quietHours: Type.Array(QuietHoursSchema, {
      default: [],
      description: 'When nobody is told, of what can wait; what still fires afterwards is told then',
    }),
  },
  strict,
);

export const FileSchema = Type.Object(
  {
    detectors: DetectorsSchema,
    receivers: Type.Array(ReceiverSchema, { default: [] }),
    alerts: AlertsSchema,
  },
  strict,
);

export type DetectorOptions = Static<typeof DetectorsSchema>;
export type AlertsConfig = Static<typeof AlertsSchema>;
export type QuietHours = Static<typeof QuietHoursSchema>;
export type FileConfig = Static<typeof FileSchema>;

/** The defaults that a schema states, durations as seconds; optional keys without a default stay away. */
export function defaultsOf<S extends TSchema>(schema: S, duration: (text: string) => number): Static<S> {
  return fill(schema as unknown as SchemaNode, duration) as Static<S>;
}

interface SchemaNode {
  type?: string;
  format?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: string[];
}

function fill(node: SchemaNode, duration: (text: string) => number): unknown {
  if (node.type === 'object' && node.properties) {
    const filled: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(node.properties)) {
      const value = fill(child, duration);
      if (value !== undefined) filled[key] = value;
    }
    return filled;
  }
  return node.format === 'duration' && typeof node.default === 'string'
    ? duration(node.default)
    : node.default;
}
