import { GUILTY_OF_CLOSING } from './guilty-closing.ts';
import { GUILTY_OF_LIMITS } from './guilty-limits.ts';
import { GUILTY_OF_SILENCE } from './guilty-silence.ts';
import type { Scenario } from './scenario.ts';

export const GUILTY: readonly Scenario[] = [...GUILTY_OF_CLOSING, ...GUILTY_OF_SILENCE, ...GUILTY_OF_LIMITS];
