import type { Finding } from '../finding.ts';
import { numberIn, reuses, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

export const timeWaitBuildupEn: FindingTexts['describe']['time_wait_buildup'] = {
  client_ports: (finding, format) => ({
    title: `${format.percent(numberIn(finding, 'usedRatio') ?? 0)} of the ports to ${finding.labels.peer ?? '?'} are taken, mostly by TIME_WAIT`,
    explanation: sentences(
      portUse(finding, format),
      `Our side closes these connections first, so each keeps its local port in TIME_WAIT for 60 s.`,
      `That is about ${format.number(numberIn(finding, 'connectionsPerSecond') ?? 0)} connections a second to one destination.`,
      forecastOf(finding, format),
      `When no port is left, connect() fails with EADDRNOTAVAIL, and no counter of the kernel shows it.`,
    ),
    advice: sentences(
      `Reuse connections: keep-alive, or a pool large enough that it does not open new ones under load.`,
      reuses(finding)
        ? `net.ipv4.tcp_tw_reuse is on already for this destination: a port may be used again after one second where both ends use TCP timestamps.`
        : `net.ipv4.tcp_tw_reuse=1 lets a client use such a port again after one second where both ends use TCP timestamps.`,
      `More destination addresses or ports, more source addresses, or a wider net.ipv4.ip_local_port_range make room. tcp_fin_timeout does not change TIME_WAIT.`,
    ),
  }),
  serving_side: (finding, format) => ({
    title: `${format.number(finding.count)} sockets in TIME_WAIT on port ${finding.labels.port ?? '?'} are harmless`,
    explanation: sentences(
      `${ownerOfPort(finding)} closes its connections first, and who closes first keeps TIME_WAIT for 60 s, so that late segments cannot reach a new connection.`,
      `The local port is the listening port, which all of them share: no port runs out.`,
      memory(finding, format),
    ),
    advice: `Nothing needs to be done. If you want fewer, let the clients close first, for example by keep-alive with a longer timeout on the server than on the client.`,
  }),
  table_full: (finding, format) => {
    const overflow = numberIn(finding, 'overflowPerSecond') ?? 0;
    return {
      title:
        overflow > 0
          ? `The TIME_WAIT table overflows: ${format.number(finding.count)} entries`
          : `The TIME_WAIT table is nearly full: ${format.number(finding.count)} entries`,
      explanation: sentences(
        tableUse(finding, format),
        overflow > 0 &&
          `TCPTimeWaitOverflow rises by ${format.number(overflow)} a second: these connections end without TIME_WAIT.`,
        `Beyond the limit the kernel skips TIME_WAIT, and a late segment of an old connection may reach a new one with the same addresses and ports.`,
      ),
      advice: `Raise net.ipv4.tcp_max_tw_buckets, never lower it: an entry takes some 168 to 256 bytes. Then see which side opens so many short connections, and let it reuse them.`,
    };
  },
};

function portUse(finding: Finding, format: Format): string {
  const used = format.number(numberIn(finding, 'portsUsed') ?? 0);
  const usable = format.number(numberIn(finding, 'portsUsable') ?? 0);
  const inTimeWait = format.number(numberIn(finding, 'timeWait') ?? 0);
  return `From ${finding.labels.local ?? '?'}, ${used} of ${usable} local ports are taken by connections to this destination, ${inTimeWait} of them in TIME_WAIT.`;
}

function forecastOf({ forecast }: Finding, format: Format): string | null {
  return forecast ? `At the present rate the ports run out in ${format.duration(forecast.inSeconds)}.` : null;
}

function ownerOfPort(finding: Finding): string {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  return process === null || pid === null ? 'The server' : `${process} (pid ${pid})`;
}

function memory(finding: Finding, format: Format): string {
  const least = format.bytes(numberIn(finding, 'bytesAtLeast') ?? 0);
  const most = format.bytes(numberIn(finding, 'bytesAtMost') ?? 0);
  return `All of them together take ${least} to ${most} of kernel memory and no descriptor.`;
}

function tableUse(finding: Finding, format: Format): string {
  const entries = format.number(finding.count);
  const most = numberIn(finding, 'maxTimeWait');
  return most === null
    ? `The table holds ${entries} entries (TIME_WAIT, and FIN_WAIT2 without an owner).`
    : `The table holds ${entries} entries (TIME_WAIT, and FIN_WAIT2 without an owner), and tcp_max_tw_buckets allows ${format.number(most)}.`;
}
