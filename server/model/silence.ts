import { Type, type Static } from 'typebox';
import { SeveritySchema } from './finding.ts';
import { Time } from './schema.ts';

export const MAX_SILENCES = 1000;
const MAX_MATCHERS = 20;
const MAX_TEXT = 1000;

const Matchers = Type.Array(Type.String({ minLength: 1, maxLength: MAX_TEXT }), {
  minItems: 1,
  maxItems: MAX_MATCHERS,
  description: 'All of them must fit: `process="api"`, `severity!="critical"`, `peer=~"10\\\\.0\\\\..*"`',
});
const Author = Type.String({ minLength: 1, maxLength: 100, description: 'Who asked for it' });
const Comment = Type.String({ maxLength: MAX_TEXT, description: 'Why' });

/** What is asked for when one is made. */
export const NewSilenceSchema = Type.Object(
  {
    matchers: Matchers,
    author: Author,
    comment: Type.Optional(Comment),
    startsAt: Type.Optional(Type.String({ format: 'date-time', description: 'By default now' })),
    endsAt: Type.Optional(Time),
    duration: Type.Optional(
      Type.String({ description: 'Instead of endsAt: how long from its start, such as 2h; at most 3w' }),
    ),
  },
  { additionalProperties: false },
);
export type NewSilence = Static<typeof NewSilenceSchema>;

export const SilenceSchema = Type.Object({
  id: Type.String(),
  matchers: Matchers,
  author: Author,
  comment: Comment,
  createdAt: Time,
  startsAt: Time,
  endsAt: Time,
});
export type Silence = Static<typeof SilenceSchema>;

export const NewAcknowledgementSchema = Type.Object(
  { author: Author, comment: Type.Optional(Comment) },
  { additionalProperties: false },
);

/** Somebody is at it: nobody is reminded of the alert until it ends or grows worse. */
export const AcknowledgementSchema = Type.Object({
  author: Author,
  comment: Comment,
  at: Time,
  severity: SeveritySchema,
});
export type Acknowledgement = Static<typeof AcknowledgementSchema>;
