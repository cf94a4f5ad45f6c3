import type { SimulatorTexts } from '../../../server/model/texts/learn/simulator.en.ts';
import type { Format } from '../../format.ts';
import { flagsOf } from './lifelines.ts';
import type { Step, Turn } from './machine/machine.ts';
import { OTHER, type Segment } from './machine/net.ts';

/** A time in the simulator, which has tenths where it is short: `0.2 s`, `2 h 11 min`. */
export function spanOf(seconds: number, format: Format): string {
  const whole = Math.round(seconds * 10) / 10;
  if (whole >= 10 || Number.isInteger(whole)) return format.duration(Math.round(whole));
  return format.duration(1).replace('1', format.rate(whole));
}

/** What happened in a step, sentence by sentence. */
export function sentencesOf({ happenings }: Step, texts: SimulatorTexts, format: Format): string[] {
  return happenings.flatMap((each) => {
    if (each.kind !== 'told') return [];
    const { side, telling, number } = each;
    return [
      capital(texts.tellings[telling](texts.ends[side], texts.ends[OTHER[side]], format.count(number))),
    ];
  });
}

export function turnIn(turn: Turn, texts: SimulatorTexts, format: Format): string {
  const { turns, ends } = texts;
  switch (turn.kind) {
    case 'program':
      return turns[turn.call](ends[turn.side]);
    case 'nobody':
      return turns.nobody(ends[turn.side]);
    case 'clock':
      return turns.clock[turn.due.timer](ends[turn.due.side], spanOf(turn.inSeconds, format));
    default:
      return turns[turn.kind];
  }
}

/** `SYN+ACK seq 500 ack 101`; without the numbers where there is no room. */
export function segmentIn(segment: Segment, texts: SimulatorTexts, format: Format, numbers = true): string {
  const { probe, bytes, seq, ack, again } = segment;
  const name = probe
    ? texts.segment.probe
    : bytes > 0
      ? texts.segment.data(format.count(bytes))
      : flagsOf(segment);
  const parts = [name];
  if (numbers) {
    parts.push(`seq ${seq}`);
    if (ack !== null) parts.push(`ack ${ack}`);
  }
  if (again > 0) parts.push(`(${texts.segment.again(format.count(again))})`);
  return parts.join(' ');
}

/** The names of the ends are written as within a sentence; some sentences begin with them. */
function capital(text: string): string {
  return text.replace(
    /(^|[.?!] )(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}
