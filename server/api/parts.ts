import type { Alerts } from '../model/alerts.ts';
import type { AlertEvidence } from '../model/evidence.ts';
import type { AnswerTo, Query } from '../model/ipc.ts';
import type { ObserverStatus } from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { Storage } from '../model/storage.ts';
import type { Log } from '../model/units.ts';

/** What the routes answer from. */
export interface ApiParts {
  readonly version: string;
  /** The newest Observation there is; `status` says whether it is stale. */
  readonly latest: () => Observation | null;
  readonly status: () => ObserverStatus;
  /** Asks the observer; rejects where it is down or too slow. */
  readonly query: <Q extends Query>(query: Q) => Promise<AnswerTo<Q>>;
  /** What the observer's detectors go by. */
  readonly detectors: DetectorOptions;
  readonly alerting: Alerts;
  /** What was kept of an alert; null: nothing. Rejects where the store cannot be read. */
  readonly evidence: (alertId: string) => Promise<AlertEvidence | null>;
  readonly storage: Pick<Storage, 'samples' | 'episodes' | 'status'>;
  readonly log: Log;
}
