import type { Alert } from '../model/alert.ts';
import type { AnswerTo, Query } from '../model/ipc.ts';
import type { ObserverStatus } from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import type { Log } from '../model/units.ts';

/** What the routes answer from. */
export interface ApiParts {
  readonly version: string;
  /** The newest Observation there is; `status` says whether it is stale. */
  readonly latest: () => Observation | null;
  readonly status: () => ObserverStatus;
  /** Asks the observer; rejects where it is down or too slow. */
  readonly query: <Q extends Query>(query: Q) => Promise<AnswerTo<Q>>;
  readonly alerts: () => readonly Alert[];
  readonly log: Log;
}
