import type { Certainty, DetectorName, Finding, Reason, Severity } from '../../server/model/finding.ts';
import type { DetectorOptions } from '../../server/model/options.ts';
import type { Scene } from './scene.ts';

/** A world, and what Halfclose must say of it. Every alarm that is not named here is a false one. */
export interface Scenario {
  /** What happens, as a sentence. */
  readonly name: string;
  /** Makes it; when this resolves it stands. Halfclose has been watching since before. */
  readonly happens: (scene: Scene) => Promise<void>;
  /** What must alarm, each by one alert; nothing for an innocent world. */
  readonly alarms?: readonly Expected[];
  /** What must be found and alarm nobody: it is only explained, or follows from what alarms. */
  readonly mentions?: readonly Expected[];
  /** What must be said to have been looked at and let pass. */
  readonly lets?: readonly Passed[];
  /** Programs it takes besides those of every scenario. */
  readonly needs?: readonly string[];
  /** Why this machine cannot have such a world; where it can: left out. */
  readonly impossible?: string | undefined;
  /** By default both. */
  readonly sources?: readonly SourceName[];
  /** How many times as fast as the kernel's the observer's clock runs: SPEED where it is left out. */
  readonly speed?: number;
  /** Seconds by the observer's clock that it is watched for once it stands: WATCHED_SECONDS where it is left out. */
  readonly watchedSeconds?: number;
  /** Other than the defaults. */
  readonly detectors?: { readonly [N in DetectorName]?: Partial<DetectorOptions[N]> };
}

export type SourceName = 'sock_diag' | 'proc';

export interface Expected {
  readonly detector: DetectorName;
  readonly cause: Finding['cause'];
  readonly severity?: Severity;
  readonly certainty?: Certainty;
  /** Some of its labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Passed {
  readonly detector: DetectorName;
  readonly reason: Reason;
}

/** The defaults wait for a minute or two, of which a test has only seconds. */
export const SPEED = 30;

/** Longer than any default waits: `minAge` and `for` one after the other. */
export const WATCHED_SECONDS = 130;
