import { Type, type TSchema } from 'typebox';

/** Parts of the schemas of all that is told over HTTP. */

export const Time = Type.String({ format: 'date-time' });

export const Nullable = <S extends TSchema>(schema: S, options: { description?: string } = {}) =>
  Type.Union([schema, Type.Null()], options);
