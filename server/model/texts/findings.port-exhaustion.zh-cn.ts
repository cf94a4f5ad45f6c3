import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

export const portExhaustionZhCn: FindingTexts['describe']['port_exhaustion'] = {
  held_open: (finding, format) => ({
    title: `到 ${finding.labels.peer ?? '?'} 的本地端口已用 ${used(finding, format)}，大部分被未结束的连接占着`,
    explanation: sentences(
      ports(finding, format),
      `这些连接还没有结束：${format.number(numberIn(finding, 'established') ?? 0)} 条处于 ESTABLISHED，${format.number(numberIn(finding, 'closeWait') ?? 0)} 条处于 CLOSE_WAIT。它们不像 TIME_WAIT 那样会自行消失。`,
      holder(finding, format),
      finding.forecast
        ? `按目前的速度，端口将在 ${format.duration(finding.forecast.inSeconds)}后用尽。`
        : null,
      '端口用尽时 connect() 会以 EADDRNOTAVAIL 失败，而内核没有任何计数器反映这一点。',
    ),
    advice: sentences(
      '给建立这些连接的连接池设上限，并让空闲连接到期关闭：Node.js 是 http agent 的 maxSockets 和 timeout，Go 是 http.Transport 的 MaxConnsPerHost 和 IdleConnTimeout，Java 是 HikariCP 的 maximumPoolSize，Python 是 urllib3 连接池的 maxsize 加 block=True。',
      '确实需要这么多时，让一条连接承载多个请求（HTTP/2），或者增加目标地址和端口、增加源地址、放宽 net.ipv4.ip_local_port_range。',
    ),
  }),
  bound_only: (finding, format) => ({
    title: `只绑定未连接的套接字占用了 ${finding.labels.local ?? '?'} 上 ${used(finding, format)} 的本地端口`,
    explanation: sentences(
      `有 ${format.number(numberIn(finding, 'boundOnly') ?? finding.count)} 个套接字调用过 bind()，却既没有 connect() 也没有 listen()。`,
      ports(finding, format),
      '被 bind() 占走的端口对所有目标都不可用：connect() 挑选空闲端口时会跳过它。',
      holder(finding, format),
      '只有 sock_diag 能看到这种套接字：/proc 的任何文件都不列出它们，状态显示为 CLOSE。',
    ),
    advice: sentences(
      '如果只是想指定源地址，请在以端口 0 调用 bind() 之前设置 IP_BIND_ADDRESS_NO_PORT：端口改由 connect() 挑选，同一个端口就能用于多个目标。',
      '再检查有没有绑定之后就被遗忘的套接字，例如 connect() 失败后没有关闭描述符。',
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
  return `从 ${finding.labels.local ?? '?'} 出发，可用的 ${format.number(usable)} 个本地端口里，已有 ${format.number(taken)} 个被占用。`;
}

function holder(finding: Finding, format: Format): string | null {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  const count = numberIn(finding, 'processSockets');
  if (process === null || pid === null || count === null) return null;
  return `其中 ${format.number(count)} 个套接字属于 ${process}（PID ${pid}）。`;
}
