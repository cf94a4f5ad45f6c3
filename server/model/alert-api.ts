import { Type, type Static, type TSchema } from 'typebox';
import { AlertSchema, OUTCOMES } from './alert.ts';
import { AcknowledgementSchema, SilenceSchema } from './silence.ts';

/** What the routes around alerts answer. */

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });

export const AlertsAnswerSchema = Type.Object({
  alerts: Type.Array(
    Type.Object({
      ...AlertSchema.properties,
      silencedBy: Type.Array(Type.String(), { description: 'Ids of the silences that hold for it' }),
      quiet: Type.Boolean({ description: 'Quiet hours hold for it' }),
      acknowledgement: Nullable(AcknowledgementSchema),
    }),
  ),
});

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
