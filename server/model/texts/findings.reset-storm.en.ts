import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const WHO = `What this does not show is which process it is: the counter is one for the whole network namespace.`;

export const resetStormEn: FindingTexts['describe']['reset_storm'] = {
  unread_at_close: (finding, format) => ({
    title: `${rate(finding, format)} connections a second are closed with data unread, and so reset`,
    explanation: sentences(
      share(finding, format),
      `TCPAbortOnClose rises: a program calls close() while bytes of the peer wait to be read. The kernel then sends RST instead of FIN, and the peer may lose what it was sent last, even a complete answer.`,
      WHO,
    ),
    advice: sentences(
      `Read to the end of the stream before close(): shutdown() for writing, then read until it returns 0 or a deadline passes. In a server that refuses a request early, read the rest of the body, or a bounded part of it, first; nginx does so by lingering_close.`,
      `In a client, read the answer to its end, or cancel knowing that this resets the connection.`,
    ),
  }),
  linger_zero: (finding, format) => ({
    title: `${rate(finding, format)} connections a second are ended by RST on purpose (SO_LINGER 0)`,
    explanation: sentences(
      share(finding, format),
      `TCPAbortOnData rises together with EstabResets: a program closes with SO_LINGER on and a time of 0. Data that was not delivered yet is thrown away, and the peer sees ECONNRESET. It saves TIME_WAIT, which is seldom worth it.`,
      `Load generators and health checks of proxies do this too.`,
      finding.certainty === 'suspect' &&
        `Between programs on this host, data that arrives after close() raises the same counters by the same amounts.`,
      WHO,
    ),
    advice: `Remove it: SO_LINGER with 0 in C and Python, setSoLinger(true, 0) in Java, SetLinger(0) in Go, resetAndDestroy() in Node.js, option nolinger in HAProxy. If TIME_WAIT is the reason, let the other side close first.`,
  }),
  data_after_close: (finding, format) => ({
    title: `${rate(finding, format)} connections a second are reset since peers go on sending after close()`,
    explanation: sentences(
      share(finding, format),
      `TCPAbortOnData rises and EstabResets does not: data arrives for connections that our side has already closed both ways. The kernel answers with RST, and the peer may lose our last answer.`,
      `Counted is what comes before the peer has acknowledged our FIN. What comes later, such as a request on a connection that has been idle, is reset too and shows in OutRsts alone, so that there may be more of them.`,
      WHO,
    ),
    advice: `Close for writing only (shutdown()), and read until the peer has closed too, within a deadline. Look for servers that answer before the request has been read, and for idle timeouts that are shorter than those of the peer.`,
  }),
  timed_out: (finding, format) => ({
    title: `The kernel gives up ${rate(finding, format)} connections a second: the peers do not answer`,
    explanation: sentences(
      share(finding, format),
      `TCPAbortOnTimeout rises: retransmissions, keepalive probes or attempts to connect went unanswered until the last. No RST is sent; the programs get ETIMEDOUT. Path or peer is dead, or a firewall has forgotten these connections.`,
      failed(finding, format),
      WHO,
    ),
    advice: `Look for a network or host that went down, and for NAT or firewall timeouts that are shorter than the connections idle. Keepalive below those timeouts keeps them open; TCP_USER_TIMEOUT or a deadline in the program gives up sooner.`,
  }),
  refused: (finding, format) => ({
    title: `${rate(finding, format)} attempts to connect a second are refused`,
    explanation: sentences(
      failed(finding, format),
      `AttemptFails rises without timeouts: RST comes back, so the host is there and nobody listens at that port, or a firewall rejects. Programs get ECONNREFUSED. A program that gives up its own connect() early counts too, and so does a port scan from this host.`,
      WHO,
    ),
    advice: `Look in the programs’ logs for ECONNREFUSED, then at the service it names: is it running, and does it listen at that address? Let clients wait longer after each failure instead of trying again at once.`,
  }),
};

function rate(finding: Finding, format: Format): string {
  return format.number(numberIn(finding, 'perSecond') ?? 0);
}

function share(finding: Finding, format: Format): string | null {
  const opened = numberIn(finding, 'openedPerSecond');
  const window = numberIn(finding, 'windowSeconds');
  if (opened === null || window === null) return null;
  return `Over the last ${format.duration(window)} ${format.number(finding.count)} connections ended so; ${format.number(opened)} a second were opened.`;
}

function failed(finding: Finding, format: Format): string | null {
  const attempts = numberIn(finding, 'failedAttemptsPerSecond');
  if (attempts === null) return null;
  return `${format.number(attempts)} attempts to connect a second failed.`;
}
