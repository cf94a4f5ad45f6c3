import type { FindingTexts } from './findings.ts';
import {
  age,
  connections,
  ends,
  few,
  lastHeard,
  retransmitted,
  sentences,
  unacked,
  unknownOwner,
  who,
} from './findings.stuck.en.ts';
import { numberIn } from './findings.ts';

const NOT_A_CRASH =
  'A process that crashes is not this: its kernel closes its sockets. Here the peer’s machine, the network, or a NAT or firewall that has forgotten the connection is gone.';

export const halfOpenEn: FindingTexts['describe']['half_open'] = {
  sending: (finding, format) => ({
    title: `${who(finding)} sends on ${connections(finding, format)}, and nothing is acknowledged`,
    explanation: sentences(
      `${unacked(finding, format)} wait for an acknowledgement, with ${retransmitted(finding, format)}: all signs point to half-open connections.`,
      `The longest has been without an answer for ${age(finding, format)}.`,
      lastHeard(finding, format),
      NOT_A_CRASH,
      ends(finding, format),
      `Until then the program’s writes still succeed, into the send buffer, and its reads wait.`,
      `What this does not show: whether the peer is down, or only the way to it or back.`,
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Ask the peer from here (ping, traceroute, a new connection), and look at firewalls and NAT between: their idle timeouts drop connections that are quiet for minutes.`,
      `Set TCP_USER_TIMEOUT (tcp_user_timeout in libpq and PostgreSQL, tcp-ut in HAProxy) to end such a connection within seconds, for this program alone; lowering tcp_retries2 does so for the whole host.`,
      `Give requests a deadline of their own: timeout= of Python requests, SetDeadline in Go, socketTimeout of the PostgreSQL JDBC driver, socket.setTimeout with destroy in Node.`,
    ),
  }),
  probing: (finding, format) => ({
    title: `Probes get no answer on ${connections(finding, format)} of ${who(finding)}`,
    explanation: sentences(
      (numberIn(finding, 'sendQueueBytes') ?? 0) > 0
        ? `The peer had closed its window; the kernel asks with probes whether it has room again, and up to ${format.number(numberIn(finding, 'probes') ?? 0)} got no answer at all: it is no slow reader, it is silent.`
        : `The kernel asks with keepalive probes whether the peer is there, and up to ${format.number(numberIn(finding, 'probes') ?? 0)} got no answer.`,
      `The longest has heard nothing for ${age(finding, format)}.`,
      lastHeard(finding, format),
      NOT_A_CRASH,
      keepalive(finding, format),
      ends(finding, format),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Nothing needs to be closed by hand: the probes end these connections, and the program then gets ETIMEDOUT.`,
      `If that takes too long, shorten it for this program: TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT, tcp_keepalives_* in PostgreSQL, tcp-keepalive in Redis, so_keepalive= of nginx’s listen.`,
      `Where it happens again after a quiet time, a firewall or NAT between drops idle connections: keep its timeout above the keepalive time.`,
    ),
  }),
  idle: (finding, format) => ({
    title: `${connections(finding, format, 'silent')} of ${who(finding)}, and nobody asks whether the peer is there`,
    explanation: sentences(
      `ESTABLISHED, nothing waits in either queue, no timer runs, and the longest has heard nothing for ${age(finding, format)}.`,
      `That is what a half-open connection looks like to the end that is left, and what a healthy idle one looks like too: without a packet nobody can tell, so this is a suspicion and no more.`,
      `Halfclose asks the kernel about a sample of idle connections on each pass; there may be more of them.`,
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Turn keepalive on in the program (SO_KEEPALIVE; setKeepAlive in Node, tcpKeepAlive in JDBC for PostgreSQL, option clitcpka and srvtcpka in HAProxy, proxy_socket_keepalive in nginx).`,
      `The kernel’s own default then finds a dead peer only after ${format.duration(numberIn(finding, 'keepaliveTimeSeconds') ?? 7200)} and the probes: set the time below the idle timeout of the firewalls between.`,
      `Or give the pool an idle timeout or a largest age (maxLifetime and keepaliveTime in HikariCP, IdleConnTimeout in Go).`,
    ),
  }),
};

function keepalive(finding: Parameters<typeof who>[0], format: Parameters<typeof ends>[1]): string | null {
  const interval = numberIn(finding, 'keepaliveIntervalSeconds');
  const probes = numberIn(finding, 'keepaliveProbes');
  if (interval === null || probes === null) return null;
  return `By this host’s settings the kernel ends the connection after ${format.number(probes)} probes ${format.duration(interval)} apart; a program may have set its own.`;
}
