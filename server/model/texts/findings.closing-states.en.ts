import type { Finding } from '../finding.ts';
import { numberIn, type Description, type FindingTexts, type Format } from './findings.ts';
import {
  age,
  closedBy,
  connections,
  ends,
  few,
  lastHeard,
  peers,
  retransmitted,
  sentences,
  unacked,
  unknownOwner,
  who,
} from './findings.stuck.en.ts';

/** In each of these states Send-Q counts our FIN as one byte. */
type Closing = 'FIN_WAIT1' | 'LAST_ACK' | 'CLOSING';

const MEANING: Readonly<Record<Closing, string>> = {
  FIN_WAIT1: 'Our side has closed first, and its FIN has not been acknowledged',
  LAST_ACK: 'The peer has closed, our side has closed after it, and the last acknowledgement is missing',
  CLOSING: 'Both sides have closed at once: the peer’s FIN is here, the acknowledgement of ours is missing',
};

const undelivered =
  (state: Closing) =>
  (finding: Finding, format: Format): Description => ({
    title: `${connections(finding, format)} in ${state}: nothing is acknowledged${lost(finding, format)}`,
    explanation: sentences(
      `${MEANING[state]}: ${retransmitted(finding, format)}.`,
      lost(finding, format) === ''
        ? `All data was acknowledged; only the FIN itself is not.`
        : `Send-Q counts the FIN as one byte; the rest is data that the peer has not got.`,
      `The longest has waited for ${age(finding, format)}.`,
      lastHeard(finding, format),
      `The peer is gone, or a firewall drops what belongs to a connection that it takes for ended.`,
      ends(finding, format),
      closedBy(finding),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Find out whether the peer is reachable from here, and whether a firewall or load balancer between forgets connections early.`,
      lost(finding, format) === ''
        ? null
        : `Who must know that all was delivered has to hear it from the peer: shutdown(SHUT_WR), read to the end, and only then close().`,
      finding.evidence.orphaned === true
        ? `Each is an orphan that costs memory until it is given up: tcp_orphan_retries shortens that, and tcp_max_orphans bounds their number.`
        : `The program still holds them: TCP_USER_TIMEOUT or a deadline on the close ends them sooner.`,
    ),
  });

const windowClosed =
  (state: Closing) =>
  (finding: Finding, format: Format): Description => ({
    title: `${connections(finding, format)} in ${state}: the peer does not read what is left${lost(finding, format)}`,
    explanation: sentences(
      `Our side has closed with data still to send, and the peer’s receive window is closed: it is alive and answers probes, but its program does not read. The FIN waits behind ${unacked(finding, format)}.`,
      `The longest has been so for ${age(finding, format)}.`,
      finding.evidence.orphaned === true
        ? `No program holds them here; the kernel probes, and gives up when the time between two probes has grown to two minutes.`
        : `As long as the program holds them and the peer answers, no timer of the kernel ends this.`,
      closedBy(finding),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Look at the other end of the connections ${peers(finding)}: its process is stopped, blocked, or slower than what it asked for.`,
      `Our side closes before the peer has read: a protocol in which the reader says that it is done avoids that.`,
      `A server can bound it: send_timeout with reset_timedout_connection in nginx, timeout client-fin in HAProxy, TCP_USER_TIMEOUT elsewhere.`,
    ),
  });

/** `, 12 kB undelivered`; empty where only FINs are missing. */
function lost(finding: Finding, format: Format): string {
  const bytes = (numberIn(finding, 'sendQueueBytes') ?? 0) - finding.count;
  return bytes > 0 ? `, ${format.bytes(bytes)} undelivered` : '';
}

export const finWaitStuckEn: FindingTexts['describe']['fin_wait_stuck'] = {
  undelivered: undelivered('FIN_WAIT1'),
  window_closed: windowClosed('FIN_WAIT1'),
  peer_not_closing: (finding, format) => ({
    title: `${who(finding)} waits in FIN_WAIT2: the peer does not close ${connections(finding, format)}`,
    explanation: sentences(
      `Our side has sent its FIN by shutdown(), the peer’s kernel has acknowledged it, and the peer’s program has not closed: it holds the matching CLOSE_WAIT.`,
      `The longest has waited for ${age(finding, format)}.`,
      `tcp_fin_timeout does not end these: it counts only once the program has closed its descriptor.`,
      `What this does not show: a peer that answers very late on a half-closed connection, as it may, looks the same.`,
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `The mistake is on the other side: look there for CLOSE_WAIT (ss -tn state close-wait), and for a missing close() after a read that returns 0.`,
      `On this side do not wait without end: close() after a time, and the kernel ends the rest by tcp_fin_timeout (timeout client-fin and timeout server-fin in HAProxy, lingering_timeout in nginx).`,
    ),
  }),
};

export const lastAckStuckEn: FindingTexts['describe']['last_ack_stuck'] = {
  undelivered: undelivered('LAST_ACK'),
  window_closed: windowClosed('LAST_ACK'),
};

export const closingStuckEn: FindingTexts['describe']['closing_stuck'] = {
  undelivered: undelivered('CLOSING'),
  window_closed: windowClosed('CLOSING'),
};
