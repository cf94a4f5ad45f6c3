import type { Severity } from '../../server/model/finding.ts';
import type { State } from '../../server/model/state.ts';

/**
 * What a ladder draws: the two ends of one connection as lifelines, time downward, and what went between them. All words are
 * those of the reader's language already; `said` of a step is what a screen reader gets of it, and says as much as the drawing.
 */
export interface Scene {
  /** What is drawn, in a few words. */
  readonly name: string;
  readonly left: End;
  readonly right: End;
  readonly steps: readonly Step[];
}

export type Side = 'left' | 'right';

interface End {
  readonly name: string;
  /** Its address, or what else tells it from others. */
  readonly detail: string | null;
  /** What its lifeline begins with. */
  readonly begins: Stretch;
}

/**
 * How a stretch is known. `known`: the kernel shows it, or it follows by necessity. `supposed`: it is so unless the end or the
 * way to it is gone, of which nothing here tells. `owed`: it has not come yet.
 */
type Basis = 'known' | 'supposed' | 'owed';

/** Part of a lifeline: a state of that end's socket. */
export interface Stretch {
  /** null: there is no socket, or nothing is known of it. */
  readonly state: State | null;
  /** The state's name, or what is to be said in its place; empty where nothing is. */
  readonly words: string;
  readonly basis: Basis;
  /** A few words under the name: an age, a queue. */
  readonly note?: string | undefined;
}

/** What a step changes: the sender's lifeline where a segment leaves, the receiver's where it arrives. */
interface Changes {
  readonly said: string;
  readonly left?: Stretch | undefined;
  readonly right?: Stretch | undefined;
}

/**
 * `arrived`. `lost`: on the way, or not answered, which looks the same from here. `dropped`: it came to the other end, which
 * threw it away. `owed`: not sent yet. `under_way`: between the ends.
 */
export type Fate = 'arrived' | 'lost' | 'dropped' | 'owed' | 'under_way';

export interface Segment extends Changes {
  readonly kind: 'segment';
  readonly from: Side;
  /** `FIN`, or what a program did to send it: `close() → FIN`. */
  readonly label: string;
  readonly fate: Fate;
  /** How often it was sent in all; left out where once, or not known. */
  readonly times?: number | undefined;
  readonly note?: string | undefined;
}

/** What a program does, or still has to do, without a segment of its own. */
export interface Act extends Changes {
  readonly kind: 'act';
  readonly side: Side;
  readonly label: string;
  readonly fate: 'done' | 'owed';
  readonly note?: string | undefined;
}

/** Time goes by. */
export interface Pause extends Changes {
  readonly kind: 'pause';
  readonly label: string;
}

/** Where it stands now; what follows has not come yet. */
export interface Stop extends Changes {
  readonly kind: 'stop';
  readonly label: string;
  /** null: nothing is wrong with it. */
  readonly severity: Exclude<Severity, 'info'> | null;
  /** Whose move would go on; `side` null: nobody's, only time's. */
  readonly turn: { readonly side: Side | null; readonly words: string } | null;
}

export type Step = Segment | Act | Pause | Stop;

/** A step with what both lifelines are before and after it. */
export interface Rung {
  readonly step: Step;
  readonly left: Lifeline;
  readonly right: Lifeline;
}

export interface Lifeline {
  readonly before: Stretch;
  /** The same object where nothing changes. */
  readonly after: Stretch;
}

export function rungsOf({ left, right, steps }: Scene): Rung[] {
  let [before, beyond] = [left.begins, right.begins];
  return steps.map((step) => {
    const rung = {
      step,
      left: { before, after: step.left ?? before },
      right: { before: beyond, after: step.right ?? beyond },
    };
    [before, beyond] = [rung.left.after, rung.right.after];
    return rung;
  });
}

/** The states that either end is in, or would be, each once. */
export function statesIn(scene: Scene): State[] {
  const begins = [scene.left.begins, scene.right.begins];
  const stretches = [...begins, ...scene.steps.flatMap(({ left, right }) => [left, right])];
  return [...new Set(stretches.flatMap((stretch) => stretch?.state ?? []))];
}
