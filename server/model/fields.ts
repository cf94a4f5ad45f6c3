import { Type } from 'typebox';
import { DURATION_PATTERN } from './duration.ts';

/** What the configuration file's keys are made of. */

/** Text such as `30s` in the file; seconds (a number) once the file has been read. */
export const Duration = (fallback: string, description: string, more: object = {}) =>
  Type.Unsafe<number>({
    type: 'string',
    format: 'duration',
    pattern: DURATION_PATTERN,
    default: fallback,
    description,
    ...more,
  });

/** For what may not be zero, however that is written. */
export const positive = { not: { pattern: '^(0+([a-z]+|$))+$' } };

export const Ratio = (fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1, default: fallback, description });

export const Count = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, default: fallback, description });

export const Text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

export const strict = { additionalProperties: false } as const;
