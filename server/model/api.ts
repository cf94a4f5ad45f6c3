import { Type, type Static } from 'typebox';
import { FindingSchema } from './finding.ts';
import { OWNER_GAPS } from './snapshot.ts';
import { TIMER_KINDS } from './socket-table.ts';
import { STATES } from './state.ts';

/** The bodies of /api/v1: validation, types and OpenAPI are made from these. */

const StateSchema = Type.Union(STATES.map((state) => Type.Literal(state)));
const Time = Type.String({ format: 'date-time' });
const Nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()]);

export const ByStateSchema = Type.Object(
  Object.fromEntries(STATES.map((state) => [state, Type.Integer()])) as Record<
    (typeof STATES)[number],
    ReturnType<typeof Type.Integer>
  >,
);

export const EndpointSchema = Type.Object({ address: Type.String(), port: Type.Integer() });

export const SocketRowSchema = Type.Object({
  id: Type.String(),
  netns: Type.String(),
  family: Type.Union([Type.Literal('ipv4'), Type.Literal('ipv6')]),
  state: StateSchema,
  local: EndpointSchema,
  remote: EndpointSchema,
  recvQueueBytes: Type.Integer(),
  sendQueueBytes: Type.Integer(),
  uid: Type.Integer(),
  inode: Type.Integer(),
  process: Nullable(Type.Object({ pid: Type.Integer(), name: Type.String() })),
  processUnknown: Type.Union(
    OWNER_GAPS.map((gap) => Type.Literal(gap)),
    { description: 'Why process is null; "none" where it is not' },
  ),
  ageSeconds: Type.Number(),
  ageExact: Type.Boolean({ description: 'false: a lower bound, counted from first sight' }),
  timer: Nullable(
    Type.Object({
      kind: Type.Union(TIMER_KINDS.map((kind) => Type.Literal(kind))),
      expiresSeconds: Type.Number(),
      retransmits: Type.Integer(),
      probes: Type.Integer(),
    }),
  ),
  tcpInfo: Type.Null({ description: 'Not known to the proc source' }),
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

export const GROUP_KEYS = ['process', 'pid', 'remote', 'remotePort', 'local', 'localPort', 'uid'] as const;
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

export const FindingsAnswerSchema = Type.Object({
  at: Time,
  findings: Type.Array(
    Type.Intersect([
      FindingSchema,
      Type.Object({ title: Type.String(), explanation: Type.String(), advice: Type.String() }),
    ]),
  ),
  undecided: Type.Array(Type.String(), {
    description: 'Detectors that have not watched long enough: for them, silence means nothing yet',
  }),
});

export const ErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    position: Type.Optional(Type.Integer({ description: 'Of a mistake in a filter, from 0' })),
    expected: Type.Optional(Type.String()),
  }),
});

export const MAX_ROWS = 1000;
export const MAX_GROUPS = 1000;
