import type { State } from '../../../server/model/state.ts';
import type { Step } from './machine/machine.ts';
import type { Net, Segment, Side } from './machine/net.ts';

/** What is drawn of a play: one row for its beginning and one for each step, time downward. */
export interface Lifelines {
  /** How many rows there are; the first is the beginning of what is drawn. */
  readonly rows: number;
  /** Steps before those that are drawn. */
  readonly cut: number;
  readonly stretches: readonly Stretch[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
  readonly pauses: readonly Pause[];
}

/** A state of one end, from a row on to another; of the last ones `to` is the last row. */
interface Stretch {
  readonly side: Side;
  readonly state: State;
  readonly listening: boolean;
  readonly powered: boolean;
  readonly from: number;
  readonly to: number;
  /** The present one of its end. */
  readonly now: boolean;
}

interface Arrow {
  readonly segment: Segment;
  readonly from: number;
  /** Where it arrived or was lost; of one on the way the last row. */
  readonly to: number;
  readonly fate: 'arrived' | 'lost' | 'flying';
}

/** Something that a program did, of which no segment tells. */
interface Mark {
  readonly side: Side;
  readonly row: number;
  readonly step: Step;
}

interface Pause {
  readonly row: number;
  readonly seconds: number;
}

/** So much of the past stays in sight. */
export const MAX_STEPS = 16;
/** Shorter waits than this need no words. */
const PAUSE_SECONDS = 0.1;

export function lifelinesOf(start: Net, steps: readonly Step[]): Lifelines {
  const cut = Math.max(0, steps.length - MAX_STEPS);
  const shown = steps.slice(cut);
  const first = cut > 0 ? steps[cut - 1]!.net : start;
  const nets = [first, ...shown.map(({ net }) => net)];
  return {
    rows: nets.length,
    cut,
    stretches: [...stretchesOf(nets, 'left'), ...stretchesOf(nets, 'right')],
    arrows: arrowsOf(first, shown),
    marks: shown.flatMap(markOf),
    pauses: shown.flatMap(({ net }, i) => {
      const seconds = net.nowSeconds - nets[i]!.nowSeconds;
      return seconds > PAUSE_SECONDS ? [{ row: i + 1, seconds }] : [];
    }),
  };
}

function stretchesOf(nets: readonly Net[], side: Side): Stretch[] {
  const stretches: { -readonly [K in keyof Stretch]: Stretch[K] }[] = [];
  for (const [row, net] of nets.entries()) {
    const { state, listening, powered } = net.ends[side];
    const last = stretches.at(-1);
    const same = last?.state === state && last.listening === listening && last.powered === powered;
    if (last) last.to = row;
    if (!same) stretches.push({ side, state, listening, powered, from: row, to: row, now: false });
  }
  const present = stretches.at(-1);
  if (present) present.now = true;
  return stretches;
}

function arrowsOf(first: Net, steps: readonly Step[]): Arrow[] {
  const arrows = new Map<number, Arrow>();
  const last = steps.length;
  const set = (segment: Segment, from: number, to: number, fate: Arrow['fate']) =>
    arrows.set(segment.id, { segment, from, to, fate });
  for (const segment of first.wire) set(segment, 0, last, 'flying');
  for (const [i, { happenings }] of steps.entries()) {
    for (const each of happenings) {
      if (each.kind === 'sent') set(each.segment, i + 1, last, 'flying');
      else if (each.kind === 'arrived' || each.kind === 'lost') {
        set(each.segment, arrows.get(each.segment.id)?.from ?? 0, i + 1, each.kind);
      }
    }
  }
  return [...arrows.values()];
}

function markOf(step: Step, i: number): Mark[] {
  const { action, happenings } = step;
  if (action.kind !== 'call' || happenings.some(({ kind }) => kind === 'sent')) return [];
  return [{ side: action.side, row: i + 1, step }];
}

/** What a segment is called: its flags, and the data where it has any. */
export function flagsOf({ syn, fin, rst, ack, bytes }: Segment): string {
  if (rst) return 'RST';
  if (syn) return ack === null ? 'SYN' : 'SYN+ACK';
  if (fin) return 'FIN';
  return bytes > 0 ? 'DATA' : 'ACK';
}
