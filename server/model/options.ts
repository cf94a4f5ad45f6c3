import { Type, type Static, type TSchema } from 'typebox';
import { LANGUAGES } from './alert.ts';
import { DURATION_PATTERN } from './duration.ts';
import { SEVERITIES } from './finding.ts';

/**
 * The configuration file's schema: one place for keys, types, ranges, defaults and the reason of each default.
 * The README's table and the error messages are made from it.
 */

/** Text such as `30s` in the file; seconds (a number) once the file has been read. */
const Duration = (fallback: string, description: string, more: object = {}) =>
  Type.Unsafe<number>({
    type: 'string',
    format: 'duration',
    pattern: DURATION_PATTERN,
    default: fallback,
    description,
    ...more,
  });

/** For what may not be zero, however that is written. */
const positive = { not: { pattern: '^(0+([a-z]+|$))+$' } };

const Ratio = (fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1, default: fallback, description });

const Count = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, default: fallback, description });

const strict = { additionalProperties: false } as const;

const everyDetector = {
  enabled: Type.Boolean({ default: true, description: 'false: this detector does not run' }),
  for: Duration(
    '30s',
    'How long a finding must last before its alert fires; a deployment or a short stall is over by then',
  ),
  // No default: the detector judges by what is at stake.
  severity: Type.Optional(
    Type.Enum(SEVERITIES, {
      description: 'Of its warnings and critical findings; what is only explained stays info',
    }),
  ),
};

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
  },
  strict,
);

const Name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
  description: 'Letters, digits, _ . -',
});
const Url = Type.String({ format: 'http-url', pattern: '^https?://', description: 'http:// or https://' });

/** What every receiver kind that speaks HTTP takes. */
const overHttp = {
  timeout: Duration('10s', 'For one attempt, connection and answer together', positive),
  sendResolved: Type.Boolean({ default: true, description: 'Also tell when an alert ends' }),
};

const ReceiverSchema = Type.Object(
  {
    name: Name,
    webhook: Type.Optional(
      Type.Object(
        {
          url: Url,
          headers: Type.Optional(Type.Record(Type.String(), Type.String())),
          ...overHttp,
        },
        { ...strict, description: "Alertmanager's version 4 body, by POST" },
      ),
    ),
    alertmanager: Type.Optional(
      Type.Object(
        {
          urls: Type.Array(Url, { minItems: 1 }),
          timeout: overHttp.timeout,
          resend: Duration(
            '1m',
            'Firing alerts are sent again this often; Alertmanager forgets them otherwise',
            positive,
          ),
        },
        { ...strict, description: 'POST /api/v2/alerts of every URL listed' },
      ),
    ),
  },
  strict,
);

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
export type ReceiverConfig = Static<typeof ReceiverSchema>;
export type AlertsConfig = Static<typeof AlertsSchema>;
export type FileConfig = Static<typeof FileSchema>;
export type WebhookConfig = NonNullable<ReceiverConfig['webhook']>;

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
