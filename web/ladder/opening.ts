import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import { handshake } from './closing.ts';
import { blank, known, owed, penFor, supposed, together, type Facts } from './pen.ts';
import type { Scene } from './scene.ts';

/** Ladders of connections that do not come about, or that nobody takes. RFC 9293, section 3.5; the queues are Linux. */

/** Our SYN gets no answer of any kind. */
export function synSent(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, blank(''), blank(''), [
    pen.sendsInVain('left', 'connect() → SYN', {
      times: facts.times,
      left: known('SYN_SENT'),
      right: blank(texts.unknown),
    }),
    ...pen.passes(facts.age),
    pen.stops(
      texts.stops.synUnanswered,
      facts.severity,
      'right',
      together(texts, texts.turns.peerAnswers, facts.meanwhile),
    ),
    pen.owes('right', texts.synAckOrRst, { note: texts.synAckOrRstNote, left: owed('ESTABLISHED') }),
  ]);
}

/** A handshake whose last ACK does not come. `addresses`: how many clients there are; empty where one is drawn. */
export function synReceived(texts: LadderTexts, facts: Facts, addresses = ''): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('LISTEN'), blank(''), [
    pen.sends('right', 'SYN', {
      left: known('SYN_RECV'),
      ...(addresses !== '' && { note: texts.fromManyAddresses(addresses) }),
    }),
    pen.sendsInVain('left', 'SYN-ACK', { times: facts.times, right: blank(texts.unknown) }),
    ...pen.passes(facts.age),
    pen.stops(
      texts.stops.ackMissing,
      facts.severity,
      'right',
      together(
        texts,
        addresses === '' ? texts.turns.clientAcks : texts.turns.clientAcksFlood,
        facts.meanwhile,
      ),
    ),
    pen.owes('right', 'ACK', { left: owed('ESTABLISHED') }),
  ]);
}

/** The accept queue is full: the client has done its part, and its ACK is thrown away. */
export function acceptQueueFull(texts: LadderTexts, facts: Facts, queue: string): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('LISTEN'), blank(''), [
    pen.sends('right', 'SYN', { right: known('SYN_SENT'), left: known('SYN_RECV') }),
    pen.sends('left', 'SYN-ACK', { right: known('ESTABLISHED', texts.thinksItIsOpen) }),
    pen.isDropped('right', 'ACK', { note: texts.queueFull }),
    ...pen.passes(facts.age),
    pen.stops(
      texts.also(texts.stops.handshakeDropped, queue),
      facts.severity,
      'left',
      texts.turns.acceptFaster,
    ),
    pen.hasToDo('left', texts.acceptFirst),
    // The SYN-ACK goes out again as long as the handshake stands, and the client answers it again.
    pen.owes('left', 'SYN-ACK'),
    pen.owes('right', 'ACK', { left: owed('ESTABLISHED') }),
  ]);
}

/** The handshake is done, and nobody takes the connection. */
export function waitingForAccept(texts: LadderTexts, facts: Facts, queue: string): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('LISTEN'), blank(''), [
    ...handshake(texts),
    ...pen.passes(facts.age, { right: supposed('ESTABLISHED') }),
    pen.stops(texts.also(texts.stops.notAccepted, queue), facts.severity, 'left', texts.turns.accept),
    pen.hasToDo('left', texts.acceptFirst),
  ]);
}

/** The listener keeps nothing of the SYN; the cookie that comes back stands for it. */
export function cookies(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('LISTEN'), blank(''), [
    pen.sends('right', 'SYN', { right: known('SYN_SENT'), note: texts.backlogFull }),
    pen.sends('left', texts.cookieSynAck, { right: known('ESTABLISHED') }),
    pen.sends('right', texts.cookieAck, { left: known('ESTABLISHED') }),
    pen.stops(texts.stops.cookies, facts.severity, null, texts.turns.raiseBacklog),
  ]);
}

/** The SYN queue is full, and the SYN is thrown away. */
export function synDropped(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, known('LISTEN'), blank(''), [
    pen.isDropped('right', 'SYN', { right: known('SYN_SENT'), note: texts.backlogFull }),
    pen.stops(texts.stops.synDropped, facts.severity, 'right', texts.turns.clientRetries),
    pen.owes('right', 'SYN', { left: owed('SYN_RECV') }),
    pen.owes('left', 'SYN-ACK', { right: owed('ESTABLISHED') }),
    pen.owes('right', 'ACK', { left: owed('ESTABLISHED') }),
  ]);
}

/** bind() and nothing after it. */
export function boundOnly(texts: LadderTexts, facts: Facts): Scene {
  const pen = penFor(texts);
  return pen.scene(facts, blank(''), blank(texts.noPeer), [
    pen.does('left', 'bind()', { left: known('CLOSE') }),
    ...pen.passes(facts.age),
    pen.stops(texts.stops.boundOnly, facts.severity, 'left', texts.turns.connectOrClose),
    pen.owes('left', 'connect() → SYN', { left: owed('SYN_SENT') }),
  ]);
}
