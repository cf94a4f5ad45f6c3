import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

export const portExhaustionEn: FindingTexts['describe']['port_exhaustion'] = {
  held_open: (finding, format) => ({
    title: `${used(finding, format)} of the ports to ${finding.labels.peer ?? '?'} are taken by connections that are held`,
    explanation: sentences(
      ports(finding, format),
      `These connections have not ended: ${format.number(numberIn(finding, 'established') ?? 0)} are in ESTABLISHED and ${format.number(numberIn(finding, 'closeWait') ?? 0)} in CLOSE_WAIT. Unlike TIME_WAIT they do not go by themselves.`,
      holder(finding, format),
      finding.forecast
        ? `At the present rate the ports run out in ${format.duration(finding.forecast.inSeconds)}.`
        : null,
      `When no port is left, connect() fails with EADDRNOTAVAIL, and no counter of the kernel shows it.`,
    ),
    advice: sentences(
      `Bound the pool that opens them, and give idle connections an end: in Node.js maxSockets and timeout of the http agent, in Go MaxConnsPerHost and IdleConnTimeout of the http.Transport, in Java maximumPoolSize of HikariCP, in Python maxsize with block=True of urllib3’s pool.`,
      `If so many are needed, carry several requests over one connection (HTTP/2), or use more destination addresses or ports, more source addresses, or a wider net.ipv4.ip_local_port_range.`,
    ),
  }),
  bound_only: (finding, format) => ({
    title: `${used(finding, format)} of the local ports of ${finding.labels.local ?? '?'} are taken by sockets that are bound and not connected`,
    explanation: sentences(
      `${format.number(numberIn(finding, 'boundOnly') ?? finding.count)} sockets have called bind() and neither connect() nor listen().`,
      ports(finding, format),
      `A port that bind() has taken is lost to every destination: connect() skips it when it looks for a free one.`,
      holder(finding, format),
      `Only sock_diag shows such sockets; they are in no file of /proc, and their state is given as CLOSE.`,
    ),
    advice: sentences(
      `To choose the source address of a connection, set IP_BIND_ADDRESS_NO_PORT before bind() with port 0: the port is then chosen by connect(), and may serve many destinations.`,
      `Look for sockets that are bound and then forgotten, for instance when connect() fails and the descriptor is not closed.`,
    ),
  }),
};

function used(finding: Finding, format: Format): string {
  return format.percent(numberIn(finding, 'usedRatio') ?? 0);
}

function ports(finding: Finding, format: Format): string | null {
  const taken = numberIn(finding, 'portsUsed');
  const usable = numberIn(finding, 'portsUsable');
  if (taken === null || usable === null) return null;
  return `${format.number(taken)} of ${format.number(usable)} local ports of ${finding.labels.local ?? '?'} are taken.`;
}

function holder(finding: Finding, format: Format): string | null {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  const count = numberIn(finding, 'processSockets');
  if (process === null || pid === null || count === null) return null;
  return `${process} (pid ${pid}) holds ${format.number(count)} of these sockets.`;
}
