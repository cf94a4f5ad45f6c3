import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import type { Finishing } from './closing.ts';
import { blank, known, penFor, supposed, type Facts } from './pen.ts';
import type { Scene } from './scene.ts';

/** Ladders of connections that end otherwise than by FIN and ACK. */

export type ResetCause = 'unread_at_close' | 'linger_zero' | 'data_after_close' | 'timed_out' | 'refused';

export function reset(texts: LadderTexts, facts: Facts, cause: ResetCause): Scene {
  return RESETS[cause](texts, facts);
}

const RESETS: Readonly<Record<ResetCause, (texts: LadderTexts, facts: Facts) => Scene>> = {
  unread_at_close(texts, facts) {
    const pen = penFor(texts);
    return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
      pen.sends('right', texts.data('')),
      pen.sends('left', `${texts.closeUnread('')} → RST`, { left: known('CLOSE'), right: supposed('CLOSE') }),
      pen.stops(texts.stops.reset, facts.severity, 'left', texts.turns.readFirst),
    ]);
  },
  linger_zero(texts, facts) {
    const pen = penFor(texts);
    return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
      pen.sends('left', `${texts.closeLinger} → RST`, {
        note: texts.lingerNote,
        left: known('CLOSE'),
        right: supposed('CLOSE'),
      }),
      pen.stops(texts.stops.resetOnPurpose, facts.severity, 'left', texts.turns.lingerOff),
    ]);
  },
  data_after_close(texts, facts) {
    const pen = penFor(texts);
    return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
      pen.sends('left', 'close() → FIN', { left: known('FIN_WAIT1'), right: supposed('CLOSE_WAIT') }),
      pen.sends('right', texts.data('')),
      pen.sends('left', 'RST', { left: known('CLOSE'), right: supposed('CLOSE') }),
      pen.stops(texts.stops.resetAfterClose, facts.severity, 'left', texts.turns.shutdownFirst),
    ]);
  },
  timed_out(texts, facts) {
    const pen = penFor(texts);
    return pen.scene(facts, known('ESTABLISHED'), blank(texts.unknown), [
      pen.sendsInVain('left', texts.timedOut),
      pen.does('left', texts.etimedout, { note: texts.etimedoutNote, left: known('CLOSE') }),
      pen.stops(texts.stops.gaveUp, facts.severity, null, texts.turns.over),
    ]);
  },
  refused(texts, facts) {
    const pen = penFor(texts);
    return pen.scene(facts, blank(''), blank(texts.notListening), [
      pen.sends('left', 'connect() → SYN', { left: known('SYN_SENT') }),
      pen.sends('right', 'RST', { left: known('CLOSE') }),
      pen.does('left', texts.econnrefused),
      pen.stops(texts.stops.refused, facts.severity, 'right', texts.turns.listen),
    ]);
  },
};

/** An orphan that the kernel ends for want of room. */
export function orphanEnded(texts: LadderTexts, facts: Facts, state: Finishing): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    ...(state === 'LAST_ACK'
      ? [pen.sends('right', 'FIN', { left: known('CLOSE_WAIT'), right: known('FIN_WAIT1') })]
      : []),
    pen.sendsInVain('left', `close() → ${texts.dataAndFin('')}`, {
      left: known(state === 'LAST_ACK' ? state : 'FIN_WAIT1', texts.orphan),
      right: blank(texts.unknown),
    }),
    pen.sends('left', 'RST', { left: known('CLOSE') }),
    pen.stops(texts.stops.orphanReset, facts.severity, null, texts.turns.over),
  ]);
}
