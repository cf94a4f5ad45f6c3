import { GUILTY_OF_CLOSING } from './guilty-closing.ts';
import { GUILTY_OF_HANDSHAKES } from './guilty-handshakes.ts';
import { GUILTY_OF_LIMITS } from './guilty-limits.ts';
import { GUILTY_OF_SILENCE } from './guilty-silence.ts';
import type { Scenario } from './scenario.ts';

/** Worlds in which something is wrong: at least one for each cause that a network namespace can be made to have. */
export const GUILTY: readonly Scenario[] = [
  ...GUILTY_OF_CLOSING,
  ...GUILTY_OF_SILENCE,
  ...GUILTY_OF_HANDSHAKES,
  ...GUILTY_OF_LIMITS,
];
