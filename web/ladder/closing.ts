import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import { blank, known, owed, penFor, supposed, together, type Facts } from './pen.ts';
import type { Scene, Step } from './scene.ts';

/** Ladders of connections that are being closed. RFC 9293, section 3.6; what ends a state is Linux. */

type ClosedByPeer = 'never_accepted' | 'unread_data' | 'fin_unread' | 'drained';

/** CLOSE_WAIT: the peer's FIN is here, ours is owed. */
export function closeWait(texts: LadderTexts, facts: Facts, cause: ClosedByPeer, queue = ''): Scene {
  const pen = penFor(texts);
  const { stops, turns } = texts;
  const waiting = cause === 'never_accepted';
  const hasData = cause === 'unread_data' || (waiting && facts.unread !== '');
  const stop = {
    never_accepted: [stops.notAccepted, turns.accept],
    unread_data: [stops.dataUnread(facts.unread), turns.readThenClose],
    fin_unread: [stops.finUnread, turns.closeOrReturn],
    drained: [stops.closeMissing, turns.close],
  } as const satisfies Record<ClosedByPeer, readonly [string, string]>;
  const [where, turn] = stop[cause];
  return pen.scene(
    facts,
    waiting ? known('LISTEN') : known('ESTABLISHED'),
    waiting ? blank('') : known('ESTABLISHED'),
    [
      ...(waiting ? handshake(texts) : []),
      ...(hasData ? [pen.sends('right', texts.data(''))] : []),
      // What puts this end into CLOSE_WAIT is acknowledged by it at once; whether that arrived does not show.
      pen.sends('right', 'FIN', { left: known('CLOSE_WAIT'), right: known('FIN_WAIT1') }),
      pen.sends('left', 'ACK', { right: supposed('FIN_WAIT2') }),
      ...(cause === 'drained' ? [pen.does('left', texts.read, { note: texts.readDoubt })] : []),
      // A peer that has let go of its socket waits for our FIN no longer than its own tcp_fin_timeout.
      ...pen.passes(facts.age, { right: supposed('FIN_WAIT2', texts.orGone) }),
      pen.stops(texts.also(where, queue), facts.severity, 'left', turn),
      ...(waiting ? [pen.hasToDo('left', texts.acceptFirst)] : []),
      ...(hasData || cause === 'fin_unread'
        ? [pen.hasToDo('left', texts.readToEnd, hasData ? { note: texts.resetIfUnread } : {})]
        : []),
      pen.owes('left', 'close() → FIN', { left: owed('LAST_ACK') }),
      pen.owes('right', texts.ackOrRst, { note: texts.ackOrRstNote, left: owed('CLOSE') }),
    ],
  );
}

export function handshake(texts: LadderTexts): Step[] {
  const pen = penFor(texts);
  return [
    pen.sends('right', 'SYN', { right: known('SYN_SENT'), left: known('SYN_RECV') }),
    pen.sends('left', 'SYN-ACK', { right: known('ESTABLISHED') }),
    pen.sends('right', 'ACK', { left: known('ESTABLISHED', texts.inAcceptQueue) }),
  ];
}

export type Finishing = 'FIN_WAIT1' | 'LAST_ACK' | 'CLOSING';

/** Our FIN, or data before it, is not acknowledged. */
export function undelivered(texts: LadderTexts, facts: Facts, state: Finishing): Scene {
  const pen = penFor(texts);
  const { stops, turns } = texts;
  const what = facts.unacked === '' ? 'FIN' : texts.dataAndFin(facts.unacked);
  const ourFin = pen.sendsInVain('left', `${callOf(facts)} → ${what}`, {
    times: facts.times,
    left: known(state === 'LAST_ACK' ? 'LAST_ACK' : 'FIN_WAIT1', facts.orphaned ? texts.orphan : undefined),
  });
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    ...(state === 'LAST_ACK' ? peerCloses(texts) : []),
    ourFin,
    ...(state === 'CLOSING' ? bothClose(texts) : []),
    ...pen.passes(facts.age, { right: blank(texts.unknown) }),
    pen.stops(
      facts.unacked === '' ? stops.finNotAcked : stops.dataNotAcked(facts.unacked),
      facts.severity,
      'right',
      together(texts, turns.peerAcks, facts.meanwhile),
    ),
    ...ending(texts, state),
  ]);
}

/** Our side has closed, and the peer takes no more of what was before the FIN. */
export function windowClosedAtClose(texts: LadderTexts, facts: Facts, state: Finishing): Scene {
  const pen = penFor(texts);
  const { stops, turns } = texts;
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    pen.sends('left', texts.data('')),
    pen.sends('right', texts.windowZero),
    ...(state === 'LAST_ACK' ? peerCloses(texts) : []),
    // The state changes with close(), although the FIN cannot leave.
    pen.does('left', callOf(facts), {
      note: texts.finBehindData(facts.unacked),
      left: known(state === 'LAST_ACK' ? 'LAST_ACK' : 'FIN_WAIT1', facts.orphaned ? texts.orphan : undefined),
    }),
    ...(state === 'CLOSING' ? bothClose(texts) : []),
    pen.sends('left', texts.windowProbe),
    pen.sends('right', texts.windowZero),
    ...pen.passes(facts.age),
    pen.stops(
      stops.windowClosed(facts.unacked),
      facts.severity,
      'right',
      together(texts, turns.peerReads, facts.meanwhile),
    ),
    pen.owes('right', texts.windowOpens),
    pen.owes('left', texts.restAndFin(facts.unacked)),
    ...ending(texts, state),
  ]);
}

function peerCloses(texts: LadderTexts): Step[] {
  const pen = penFor(texts);
  return [
    pen.sends('right', 'FIN', { right: known('FIN_WAIT1'), left: known('CLOSE_WAIT') }),
    pen.sends('left', 'ACK', { right: supposed('FIN_WAIT2') }),
  ];
}

/** A program that still holds its socket has closed it for writing alone. */
function callOf({ orphaned }: Facts): string {
  return orphaned ? 'close()' : 'shutdown()';
}

/** The peer's FIN crosses ours: it has not seen it, or it would have acknowledged it. */
function bothClose(texts: LadderTexts): Step[] {
  const pen = penFor(texts);
  return [
    pen.sends('right', 'FIN', { right: known('FIN_WAIT1'), left: known('CLOSING') }),
    pen.sends('left', 'ACK', { right: supposed('FIN_WAIT2') }),
  ];
}

function ending(texts: LadderTexts, state: Finishing): Step[] {
  const pen = penFor(texts);
  if (state === 'LAST_ACK') return [pen.owes('right', 'ACK', { left: owed('CLOSE') })];
  if (state === 'CLOSING') return [pen.owes('right', 'ACK', { left: owed('TIME_WAIT') })];
  return [
    pen.owes('right', 'ACK', { left: owed('FIN_WAIT2') }),
    pen.owes('right', 'FIN', { left: owed('TIME_WAIT') }),
  ];
}

/** FIN_WAIT2: half-closed from this side; the peer's FIN is owed. `endsIn` where the kernel waits no longer. */
export function halfClosed(texts: LadderTexts, facts: Facts, endsIn: string | null): Scene {
  const pen = penFor(texts);
  const { stops, turns } = texts;
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    pen.sends('left', `${callOf(facts)} → FIN`, { left: known('FIN_WAIT1'), right: known('CLOSE_WAIT') }),
    pen.sends('right', 'ACK', { left: known('FIN_WAIT2', facts.orphaned ? texts.orphan : undefined) }),
    ...pen.passes(facts.age, { right: supposed('CLOSE_WAIT', texts.orGone) }),
    pen.stops(
      stops.peerKeepsOpen,
      facts.severity,
      'right',
      endsIn === null
        ? facts.orphaned
          ? turns.peerCloses
          : turns.peerClosesOwned
        : turns.peerClosesOrphan(endsIn),
    ),
    pen.owes('right', 'close() → FIN', { left: owed('TIME_WAIT') }),
    pen.owes('left', 'ACK'),
  ]);
}

/** TIME_WAIT, or what stands in its place where its table is full. `turn`: what ends it. */
export function timeWait(
  texts: LadderTexts,
  facts: Facts,
  {
    stop,
    turn,
    lasts,
    overflow = false,
    bothClosed = false,
  }: {
    readonly stop: string;
    readonly turn: string;
    /** How long from here. */
    readonly lasts: string;
    readonly overflow?: boolean;
    /** It was in CLOSING before. */
    readonly bothClosed?: boolean;
  },
): Scene {
  const pen = penFor(texts);
  const last = overflow ? known('CLOSE') : known('TIME_WAIT');
  return pen.scene(facts, known('ESTABLISHED'), known('ESTABLISHED'), [
    ...(bothClosed
      ? [
          pen.isUnderWay('left', 'close() → FIN', { left: known('FIN_WAIT1') }),
          pen.sends('right', 'close() → FIN', { right: known('FIN_WAIT1'), left: known('CLOSING') }),
          pen.sends('left', 'ACK', { right: supposed('TIME_WAIT') }),
          pen.sends('right', 'ACK', { left: last }),
        ]
      : [
          pen.sends('left', 'close() → FIN', { left: known('FIN_WAIT1'), right: known('CLOSE_WAIT') }),
          pen.sends('right', 'ACK', { left: known('FIN_WAIT2'), note: texts.mayCarryBoth }),
          pen.sends('right', 'FIN', { right: known('LAST_ACK'), left: last }),
          pen.sends('left', 'ACK', { right: supposed('CLOSE') }),
        ]),
    ...pen.passes(overflow ? null : facts.age),
    pen.stops(stop, facts.severity, null, turn),
    ...(overflow ? [] : pen.passes(lasts, { left: owed('CLOSE') })),
  ]);
}
