import { Type, type Static } from 'typebox';
import { AlertSchema, OUTCOMES } from './alert.ts';
import { WEEKDAYS } from './options.ts';
import { SeveritySchema } from './finding.ts';
import { Nullable, Time } from './schema.ts';
import { AcknowledgementSchema, SilenceSchema } from './silence.ts';

/** What the routes around alerts answer. */

const HushedAlertSchema = Type.Object({
  ...AlertSchema.properties,
  silencedBy: Type.Array(Type.String(), { description: 'Ids of the silences that hold for it' }),
  quiet: Type.Boolean({ description: 'Quiet hours hold for it' }),
  acknowledgement: Nullable(AcknowledgementSchema),
});
/** An alert, and what keeps it from being told. */
export type HushedAlert = Static<typeof HushedAlertSchema>;

export const AlertsAnswerSchema = Type.Object({ alerts: Type.Array(HushedAlertSchema) });

/** What happened to an alert besides its beginning and its end. */
const AlertEventSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('told'),
      at: Type.String({ format: 'date-time', description: 'Of the first such attempt' }),
      lastAt: Type.String({ format: 'date-time', description: 'Of the last: alike ones are one event' }),
      times: Type.Integer(),
      receiver: Type.String(),
      status: Type.Enum(['firing', 'resolved'], { description: 'What it was told' }),
      outcome: Type.Enum(OUTCOMES),
      reason: Nullable(Type.String({ description: 'Why the last was not delivered' })),
    },
    { description: 'An attempt to tell a receiver' },
  ),
  Type.Object({ kind: Type.Literal('severity'), at: Time, severity: SeveritySchema }),
  Type.Object({
    kind: Type.Literal('acknowledged'),
    at: Time,
    author: Type.String(),
    comment: Type.String(),
  }),
  Type.Object({ kind: Type.Literal('withdrawn'), at: Time }),
]);
export type AlertEvent = Static<typeof AlertEventSchema>;

/** Of one alert; those in the middle of more are forgotten. */
export const MAX_EVENTS = 50;

export const AlertAnswerSchema = Type.Object({
  ...HushedAlertSchema.properties,
  events: Type.Array(AlertEventSchema, {
    description: `What happened since it fired, in order; of more than ${MAX_EVENTS} the first and the newest`,
  }),
});
export type AlertAnswer = Static<typeof AlertAnswerSchema>;

const QuietHoursStatusSchema = Type.Object({
  from: Type.String(),
  to: Type.String({ description: 'On the next day, where that is not later than from' }),
  days: Type.Array(Type.Enum(WEEKDAYS), { description: 'Days on which they begin' }),
  timezone: Type.String(),
  matchers: Type.Array(Type.String(), { description: 'Alerts that wait have these labels' }),
  holds: Type.Boolean({ description: 'They hold now' }),
  changesAt: Nullable(Time, { description: 'When they end, or where they do not hold, begin; null: never' }),
});
export type QuietHoursStatus = Static<typeof QuietHoursStatusSchema>;

export const QuietHoursAnswerSchema = Type.Object({ quietHours: Type.Array(QuietHoursStatusSchema) });

export const ResolvedAnswerSchema = Type.Object({
  alerts: Type.Array(AlertSchema),
  nextCursor: Nullable(Type.String({ description: 'cursor= of the next page' })),
});

export const SilencesAnswerSchema = Type.Object({ silences: Type.Array(SilenceSchema) });

export const ReceiverStatusSchema = Type.Object({
  receiver: Type.String(),
  kind: Type.String(),
  last: Nullable(
    Type.Object({
      outcome: Type.Enum(OUTCOMES),
      at: Time,
      reason: Nullable(Type.String()),
      status: Nullable(Type.Number({ description: 'What the other side answered: 200, 250, an exit code' })),
    }),
  ),
  lastDeliveredAt: Nullable(Time),
  waiting: Type.Integer({ description: 'Groups of alerts whose notification waits for another attempt' }),
});

export const ReceiversAnswerSchema = Type.Object({ receivers: Type.Array(ReceiverStatusSchema) });

export const TestAnswerSchema = Type.Object({
  receiver: Type.String(),
  outcome: Type.Enum(['delivered', 'retry', 'refused'], { description: '`retry`: it may work later' }),
  reason: Nullable(Type.String()),
  seconds: Type.Number({ description: 'From the attempt to its end' }),
  status: Nullable(Type.Number()),
  body: Type.String({ description: 'As it was sent, without secrets' }),
  answer: Type.String({ description: 'As it came, without secrets' }),
});
export type TestAnswer = Static<typeof TestAnswerSchema>;
