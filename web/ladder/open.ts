import type { State } from '../../server/model/state.ts';
import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import { blank, known, penFor, supposed, together, type Facts } from './pen.ts';
import type { Scene } from './scene.ts';

/** Ladders of connections that are open, at least on this side. */

/** What the other end is in, as long as it is there. */
const PEER_OF: Partial<Record<State, State>> = { CLOSE_WAIT: 'FIN_WAIT2', FIN_WAIT2: 'CLOSE_WAIT' };

/** What is sent gets no acknowledgement. `silence`: since when nothing was heard. */
export function unacknowledged(
  texts: LadderTexts,
  facts: Facts,
  state: State,
  silence: string | null,
): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known(state), supposed(PEER_OF[state] ?? 'ESTABLISHED'), [
    ...pen.passes(silence, { right: blank(texts.unknown) }),
    pen.sendsInVain('left', texts.data(facts.unacked), {
      times: facts.times,
      ...(silence === null && { right: blank(texts.unknown) }),
    }),
    ...pen.passes(silence === null ? facts.age : null),
    pen.stops(
      texts.stops.nothingAcked,
      facts.severity,
      'right',
      together(texts, texts.turns.peerAcks, facts.meanwhile),
    ),
    pen.owes('right', 'ACK'),
  ]);
}

/** Probes, for keepalive or for a closed window, get no answer. */
export function probing(
  texts: LadderTexts,
  facts: Facts,
  {
    state,
    ofWindow,
    silence,
  }: { readonly state: State; readonly ofWindow: boolean; readonly silence: string | null },
): Scene {
  const pen = penFor(texts);
  const probes = facts.probes ?? 1;
  return pen.scene(facts, known(state), supposed(PEER_OF[state] ?? 'ESTABLISHED'), [
    ...(ofWindow ? [pen.sends('left', texts.data('')), pen.sends('right', texts.windowZero)] : []),
    ...pen.passes(silence, { right: blank(texts.unknown) }),
    pen.sendsInVain('left', ofWindow ? texts.windowProbe : texts.keepaliveProbe, {
      times: probes,
      ...(silence === null && { right: blank(texts.unknown) }),
    }),
    pen.stops(
      texts.stops.probesUnanswered(String(probes)),
      facts.severity,
      'right',
      together(texts, texts.turns.peerAnswersProbe, facts.meanwhile),
    ),
    pen.owes('right', 'ACK'),
  ]);
}

/** Nothing waits, nothing runs: whether the peer is there cannot be told. */
export function silent(texts: LadderTexts, facts: Facts, silence: string | null): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    ...pen.passes(silence, { right: supposed('ESTABLISHED', texts.orGone) }),
    pen.stops(texts.stops.silent, facts.severity, 'right', texts.turns.eitherSpeaks),
    pen.owes('right', texts.anyAnswer),
  ]);
}

/** The peer is there and answers; its program does not read. */
export function peerNotReading(texts: LadderTexts, facts: Facts, state: State): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known(state), known(PEER_OF[state] ?? 'ESTABLISHED'), [
    pen.sends('left', texts.data('')),
    pen.sends('right', texts.windowZero),
    pen.sends('left', texts.windowProbe),
    pen.sends('right', texts.windowZero),
    ...pen.passes(facts.age),
    pen.stops(texts.stops.peerNotReading(facts.unacked), facts.severity, 'right', texts.turns.peerReads),
    pen.owes('right', texts.windowOpens),
    pen.owes('left', texts.data(facts.unacked)),
  ]);
}

/** Our program does not read, and our kernel offers no more room. */
export function notReading(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    pen.sends('right', texts.data(facts.unread)),
    pen.sends('left', texts.windowNearlyZero, { right: supposed('ESTABLISHED') }),
    ...pen.passes(facts.age),
    pen.stops(texts.stops.notReading(facts.unread), facts.severity, 'left', texts.turns.read),
    pen.hasToDo('left', texts.read),
    pen.owes('left', texts.windowOpens),
  ]);
}

/** It stays open, and with it its port; `peerClosed`: most of them are in CLOSE_WAIT. */
export function heldOpen(texts: LadderTexts, facts: Facts, use: string, peerClosed: boolean): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, blank(''), blank(''), [
    pen.sends('left', 'connect() → SYN', { left: known('SYN_SENT'), right: known('SYN_RECV') }),
    pen.sends('right', 'SYN-ACK', { left: known('ESTABLISHED') }),
    pen.sends('left', 'ACK', { right: supposed('ESTABLISHED') }),
    ...(peerClosed
      ? [
          pen.sends('right', 'FIN', { right: known('FIN_WAIT1'), left: known('CLOSE_WAIT') }),
          pen.sends('left', 'ACK', { right: supposed('FIN_WAIT2', texts.orGone) }),
        ]
      : []),
    ...pen.passes(facts.age),
    pen.stops(use, facts.severity, 'left', texts.turns.reuse),
    pen.hasToDo('left', texts.connectFails, { note: texts.noPortNote }),
  ]);
}

/** Nothing is the matter. */
export function quiet(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('ESTABLISHED'), supposed('ESTABLISHED'), [
    ...pen.passes(facts.age),
    pen.stops(
      facts.unread === '' ? texts.stops.open : texts.stops.dataWaits(facts.unread),
      null,
      facts.unread === '' ? null : 'left',
      facts.unread === '' ? together(texts, texts.turns.either, facts.meanwhile) : texts.turns.read,
    ),
  ]);
}
