import type { Severity } from '../../server/model/finding.ts';
import type { State } from '../../server/model/state.ts';
import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import type { Act, Fate, Pause, Scene, Segment, Side, Step, Stop, Stretch } from './scene.ts';

/** What a ladder is drawn from, whether of a finding or of one socket. Amounts and times are in the reader's words. */
export interface Facts {
  readonly name: string;
  readonly left: { readonly name: string; readonly detail: string | null };
  readonly right: { readonly name: string; readonly detail: string | null };
  readonly severity: Severity | null;
  /** How long it has stood as it does; null where that says nothing. */
  readonly age: string | null;
  /** What waits, each as `12 kB`; empty where it is not known of one connection, or is nothing. */
  readonly unread: string;
  readonly unacked: string;
  /** Times that the segment which gets no answer was sent, and probes. */
  readonly times: number | undefined;
  readonly probes: number | undefined;
  /** When the kernel ends it, and what it does before: a sentence each, or nothing. */
  readonly meanwhile: string;
  readonly orphaned: boolean;
}

type Ends = Pick<Facts, 'left' | 'right'>;
interface Changes {
  readonly left?: Stretch | undefined;
  readonly right?: Stretch | undefined;
}
interface Sent extends Changes {
  readonly times?: number | undefined;
  readonly note?: string | undefined;
}

export const known = (state: State, note?: string): Stretch => ({
  state,
  words: state,
  basis: 'known',
  note,
});
export const supposed = (state: State, note?: string): Stretch => ({
  state,
  words: state,
  basis: 'supposed',
  note,
});
export const owed = (state: State): Stretch => ({ state, words: state, basis: 'owed' });
/** A lifeline of which there is no state to be told. */
export const blank = (words: string): Stretch => ({ state: null, words, basis: 'supposed' });

/** Writes steps, each with its sentence. */
export function penFor(texts: LadderTexts) {
  const { said } = texts;
  const who = (side: Side) => (side === 'left' ? said.here : said.peer);

  function stateSaid(side: Side, stretch: Stretch | undefined): string {
    if (stretch === undefined || stretch.words === '') return '';
    if (stretch.state === null) return said.other(who(side), stretch.words);
    const words = stretch.note === undefined ? stretch.words : texts.noted(stretch.words, stretch.note);
    if (stretch.basis === 'known') return said.known(who(side), words);
    return stretch.basis === 'supposed' ? said.supposed(who(side), words) : said.willBe(who(side), words);
  }

  function sentences(first: string, { left, right }: Changes): string {
    return [first, stateSaid('left', left), stateSaid('right', right)].filter(Boolean).join(texts.between);
  }

  function segment(from: Side, label: string, fate: Fate, { times, note, left, right }: Sent = {}): Segment {
    const what = note === undefined ? label : texts.noted(label, note);
    const sentence = fate === 'lost' ? said.lost(who(from), what, times ?? 1) : said[fate](who(from), what);
    return {
      kind: 'segment',
      from,
      label,
      fate,
      times,
      note,
      left,
      right,
      said: sentences(sentence, { left, right }),
    };
  }

  function act(side: Side, label: string, fate: Act['fate'], { note, left, right }: Sent = {}): Act {
    const what = note === undefined ? label : texts.noted(label, note);
    return {
      kind: 'act',
      side,
      label,
      fate,
      note,
      left,
      right,
      said: sentences(said[fate](who(side), what), { left, right }),
    };
  }

  return {
    sends: (from: Side, label: string, sent?: Sent) => segment(from, label, 'arrived', sent),
    sendsInVain: (from: Side, label: string, sent?: Sent) => segment(from, label, 'lost', sent),
    isDropped: (from: Side, label: string, sent?: Sent) => segment(from, label, 'dropped', sent),
    isUnderWay: (from: Side, label: string, sent?: Sent) => segment(from, label, 'under_way', sent),
    owes: (from: Side, label: string, sent?: Sent) => segment(from, label, 'owed', sent),
    does: (side: Side, label: string, sent?: Sent) => act(side, label, 'done', sent),
    hasToDo: (side: Side, label: string, sent?: Sent) => act(side, label, 'owed', sent),

    /** Nothing where no time is worth telling. */
    passes: (time: string | null, changes: Changes = {}): Pause[] =>
      time === null
        ? []
        : [{ kind: 'pause', label: time, ...changes, said: sentences(said.passes(time), changes) }],

    stops(label: string, severity: Severity | null, side: Side | null, words: string): Stop {
      return {
        kind: 'stop',
        label,
        severity: severity === 'info' ? null : severity,
        turn: { side, words },
        said: [said.stop(label), said.turn(words)].join(texts.between),
      };
    },

    scene(
      { name, left, right }: Ends & Pick<Facts, 'name'>,
      here: Stretch,
      there: Stretch,
      steps: readonly Step[],
    ): Scene {
      const [first, ...rest] = steps;
      const begins = [
        here.state === null ? stateSaid('left', here) : said.begins(who('left'), here.words),
        there.state === null ? stateSaid('right', there) : said.begins(who('right'), there.words),
      ].filter(Boolean);
      return {
        name,
        left: { ...left, begins: here },
        right: { ...right, begins: there },
        steps: first ? [{ ...first, said: [...begins, first.said].join(texts.between) }, ...rest] : [],
      };
    },
  };
}

/** Puts sentences together as a language does; Chinese writes them without a space between. */
export function together(texts: LadderTexts, ...parts: readonly string[]): string {
  return parts.filter(Boolean).join(texts.between);
}
