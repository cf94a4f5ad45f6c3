import { INNOCENT_CLOSING } from './innocent-closing.ts';
import { INNOCENT_LIMITS } from './innocent-limits.ts';
import { INNOCENT_SILENCE } from './innocent-silence.ts';
import type { Scenario } from './scenario.ts';

/** Worlds in which nothing is wrong, however it looks. */
export const INNOCENT: readonly Scenario[] = [...INNOCENT_CLOSING, ...INNOCENT_SILENCE, ...INNOCENT_LIMITS];
