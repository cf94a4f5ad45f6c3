import type { Finding } from '../finding.ts';
import { numberIn, reuses, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

export const timeWaitBuildupZhCn: FindingTexts['describe']['time_wait_buildup'] = {
  client_ports: (finding, format) => ({
    title: `到 ${finding.labels.peer ?? '?'} 的本地端口已用 ${format.percent(numberIn(finding, 'usedRatio') ?? 0)}，大部分处于 TIME_WAIT`,
    explanation: sentences(
      portUse(finding, format),
      '这些连接由本端先关闭，所以关闭之后本地端口还要在 TIME_WAIT 里占用 60 秒。',
      `相当于每秒向同一个目标新建约 ${format.number(numberIn(finding, 'connectionsPerSecond') ?? 0)} 条连接。`,
      forecastOf(finding, format),
      '端口用尽时 connect() 会以 EADDRNOTAVAIL 失败，而内核没有任何计数器反映这一点。',
    ),
    advice: sentences(
      '复用连接：开启 keep-alive，或者把连接池配得足够大，免得负载一高就不断新建连接。',
      reuses(finding)
        ? 'net.ipv4.tcp_tw_reuse 对这个目标已经生效：两端都启用 TCP 时间戳时，这样的端口一秒后就能再用。'
        : '设置 net.ipv4.tcp_tw_reuse=1 后，只要两端都启用了 TCP 时间戳，客户端一秒后就能再用这样的端口。',
      '增加目标地址或端口、增加源地址，或者放宽 net.ipv4.ip_local_port_range，也能腾出余量。tcp_fin_timeout 与 TIME_WAIT 的时长无关。',
    ),
  }),
  serving_side: (finding, format) => ({
    title: `${finding.labels.port ?? '?'} 端口上的 ${format.number(finding.count)} 个 TIME_WAIT 无害`,
    explanation: sentences(
      `${ownerOfPort(finding)}先关闭连接，而先关闭的一方要在 TIME_WAIT 停留 60 秒，以免迟到的报文段混进新连接。`,
      '它们的本地端口就是监听端口，彼此共用，不会耗尽端口。',
      memory(finding, format),
    ),
    advice:
      '不需要处理。如果想减少，让客户端先关闭即可，例如使用 keep-alive，并把服务端的超时设得比客户端长。',
  }),
  table_full: (finding, format) => {
    const overflow = numberIn(finding, 'overflowPerSecond') ?? 0;
    return {
      title: `TIME_WAIT 表${overflow > 0 ? '已经溢出' : '快要满了'}：${format.number(finding.count)} 项`,
      explanation: sentences(
        tableUse(finding, format),
        overflow > 0 &&
          `TCPTimeWaitOverflow 每秒增加 ${format.number(overflow)}：这些连接没有经过 TIME_WAIT 就结束了。`,
        '超过上限后内核会跳过 TIME_WAIT，旧连接迟到的报文段就可能混进地址和端口都相同的新连接。',
      ),
      advice:
        '调高 net.ipv4.tcp_max_tw_buckets，千万不要调低：每项只占大约 168 到 256 字节。然后找出是哪一侧在大量建立短连接，让它复用连接。',
    };
  },
};

function portUse(finding: Finding, format: Format): string {
  const used = format.number(numberIn(finding, 'portsUsed') ?? 0);
  const usable = format.number(numberIn(finding, 'portsUsable') ?? 0);
  const inTimeWait = format.number(numberIn(finding, 'timeWait') ?? 0);
  return `从 ${finding.labels.local ?? '?'} 出发，可用的 ${usable} 个本地端口里，有 ${used} 个被到这个目标的连接占用，其中 ${inTimeWait} 个处于 TIME_WAIT。`;
}

function forecastOf({ forecast }: Finding, format: Format): string | null {
  return forecast ? `按目前的速度，端口将在 ${format.duration(forecast.inSeconds)}后用尽。` : null;
}

function ownerOfPort(finding: Finding): string {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  return process === null || pid === null ? '服务端' : `${process}（PID ${pid}）`;
}

function memory(finding: Finding, format: Format): string {
  const least = format.bytes(numberIn(finding, 'bytesAtLeast') ?? 0);
  const most = format.bytes(numberIn(finding, 'bytesAtMost') ?? 0);
  return `全部加起来占用 ${least} 到 ${most} 内核内存，不占描述符。`;
}

function tableUse(finding: Finding, format: Format): string {
  const entries = `表里有 ${format.number(finding.count)} 项（TIME_WAIT，以及没有属主的 FIN_WAIT2）`;
  const most = numberIn(finding, 'maxTimeWait');
  return most === null ? `${entries}。` : `${entries}，上限 tcp_max_tw_buckets 是 ${format.number(most)}。`;
}
