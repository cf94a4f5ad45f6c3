import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type Format } from './findings.ts';

/** What the texts about stuck connections have in common. */
export const sentences = sentencesBy('');

export function who(finding: Finding): string {
  const { labels, evidence } = finding;
  if (labels.pid !== undefined) return `${labels.process ?? '?'}（PID ${labels.pid}）`;
  if (evidence.orphaned === true) return '内核';
  return programOf(finding) ?? '未知进程';
}

/** Several processes of one program are spoken of by its name. */
function programOf({ labels, evidence }: Finding): string | null {
  const several = labels.pid === undefined && typeof evidence.processSockets === 'number';
  return several ? (labels.process ?? null) : null;
}

export function connections(finding: Finding, format: Format): string {
  return `${format.number(finding.count)} 条${peers(finding)}的连接`;
}

/** Ends so that a Chinese character may follow. */
export function peers({ labels: { role, peer, port } }: Finding): string {
  if (role === 'client') return peer === '*' ? '到多个对端' : `到 ${peer ?? '?'} `;
  return `${peer === '*' ? '来自多个对端' : `来自 ${peer ?? '?'}`}、进入 ${port ?? '?'} 端口`;
}

export function age(finding: Finding, format: Format): string {
  return `${finding.ageExact ? ' ' : '至少 '}${format.duration(finding.oldestAgeSeconds)}`;
}

/** A server has clients that are gone at any time. */
export function few(finding: Finding, format: Format): string | null {
  const all = numberIn(finding, 'connections');
  if (finding.severity !== 'info' || finding.labels.role !== 'server' || all === null) return null;
  return `这只占 ${format.number(Math.max(all, finding.count))} 条连接中的 ${format.number(finding.count)} 条：客户端掉线或暂停是常事，所以只作提示，不告警。`;
}

export function retransmitted(finding: Finding, format: Format): string {
  const times = numberIn(finding, 'retransmits') ?? 0;
  const timeout = numberIn(finding, 'retransmissionTimeoutSeconds');
  const backoff = numberIn(finding, 'backoff');
  const doubled = timeout === null || !backoff ? '' : `，超时时间已翻倍到 ${format.duration(timeout)}`;
  return `最多的已重传 ${format.number(times)} 次，始终没有应答${doubled}`;
}

export function unacked(finding: Finding, format: Format): string {
  return format.bytes(numberIn(finding, 'sendQueueBytes') ?? 0);
}

export function lastHeard(finding: Finding, format: Format): string | null {
  const ack = numberIn(finding, 'lastAckReceivedSeconds');
  const data = numberIn(finding, 'lastDataReceivedSeconds');
  if (ack === null || data === null) return null;
  return `停得最久的那条，最后一次收到 ACK 是 ${format.duration(ack)}前，最后一次收到数据是 ${format.duration(data)}前。`;
}

export function ends(finding: Finding, format: Format): string | null {
  const after = numberIn(finding, 'kernelEndsAfterSeconds');
  const left = numberIn(finding, 'kernelEndsInSeconds');
  if (after === null || left === null) return null;
  const setting =
    finding.evidence.orphaned === true
      ? `tcp_orphan_retries 为 ${format.number(numberIn(finding, 'orphanRetries') ?? 0)}${numberIn(finding, 'orphanRetries') === 0 ? '，即按 8 计' : ''}`
      : `tcp_retries2 为 ${format.number(numberIn(finding, 'retries2') ?? 0)}`;
  const longest = left < 1 ? '现在随时可能' : `还要 ${format.duration(left)}或更久`;
  return `这样的连接，内核最早在 ${format.duration(after)}之后放弃（${setting}）；停得最久的那条${longest}。`;
}

export function unknownOwner(finding: Finding, format: Format): string | null {
  const program = programOf(finding);
  if (program !== null) {
    const most = numberIn(finding, 'processSockets') ?? 0;
    return `${program} 除了监听的进程，还另有处理连接的进程；这些连接里，PID ${numberIn(finding, 'pid') ?? '?'} 持有的最多，有 ${format.number(most)} 条。`;
  }
  const gap = textIn(finding, 'ownerGap');
  return gap === null ? null : `进程未知，也可能不止一个：${GAPS[gap] ?? gap}。`;
}

export function closedBy(finding: Finding): string | null {
  if (finding.evidence.orphaned !== true) return null;
  const process = textIn(finding, 'process');
  return process === null
    ? '程序已经关闭并放手，所以不知道是哪个程序，只能从地址和端口判断。'
    : `程序已经关闭并放手；在这个端口上监听的是 ${process}（PID ${numberIn(finding, 'pid') ?? '?'}）。`;
}

const GAPS: Readonly<Record<string, string>> = {
  permission: 'Halfclose 无权读取所有进程的描述符（需要 CAP_DAC_READ_SEARCH 和 CAP_SYS_PTRACE）',
  not_found: '在 Halfclose 能看到的进程里，没有一个持有这些套接字；它们可能属于另一个 PID 命名空间',
  accept_queue: '不清楚监听套接字属于哪个进程',
};
