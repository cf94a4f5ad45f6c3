import type { Considered } from '../finding.ts';
import { measured, type ConsideredTexts } from './considered.ts';
import type { Format } from './findings.ts';

const words: ConsideredTexts['words'] = {
  close_wait_leak: { thing: 'CLOSE_WAIT', verdict: '泄漏' },
  time_wait_buildup: { thing: 'TIME_WAIT', verdict: '堆积' },
  port_exhaustion: { thing: '本地端口', verdict: '耗尽', counted: ['连接', '连接'] },
  syn_backlog: { thing: '握手', verdict: '积压', counted: ['握手中的连接', '握手中的连接'] },
  accept_queue_full: {
    thing: '全连接队列溢出',
    verdict: '停滞',
    counted: ['等待 accept() 的连接', '等待 accept() 的连接'],
  },
  orphan_pressure: { thing: '孤儿连接', verdict: '压力', counted: ['孤儿连接', '孤儿连接'] },
  tcp_memory_pressure: { thing: 'TCP 内存', verdict: '压力' },
  descriptor_exhaustion: { thing: '描述符', verdict: '耗尽' },
  reset_storm: { thing: 'RST', verdict: '风暴' },
  conntrack_full: { thing: '被跟踪的连接', verdict: '表满', counted: ['被跟踪的连接', '被跟踪的连接'] },
  half_open: { thing: '连接', verdict: '半开', lasting: '没有动静' },
  zero_window: { thing: '零窗口', verdict: '窗口关闭' },
  fin_wait_stuck: { thing: 'FIN_WAIT', verdict: '卡住' },
  last_ack_stuck: { thing: 'LAST_ACK', verdict: '卡住' },
  closing_stuck: { thing: 'CLOSING', verdict: '卡住' },
  syn_sent_stuck: { thing: 'SYN_SENT', verdict: '卡住' },
};

export const consideredZhCn: ConsideredTexts = {
  words,
  sentence: (considered, format) => tidy(sentenceOf(considered, format)),
};

function sentenceOf(considered: Considered, format: Format): string {
  const { detector, reason, value, threshold, count } = considered;
  const about = subject(considered, format);
  const counts =
    threshold === null
      ? ''
      : `，达到 ${amount(considered, threshold, format)} 才算 ${words[detector].verdict}`;
  const reported = threshold === null ? '' : `，达到 ${amount(considered, threshold, format)} 才报告`;
  switch (reason) {
    case 'too_young':
      return `${about}，${count > 1 ? '最久的' : ''}${words[detector].lasting ?? ''}至少已有 ${amount(considered, value, format)}${counts}`;
    case 'too_few':
      return value === count
        ? `${about}${counts}`
        : `${about}，其中时间够长的有 ${amount(considered, value, format)}${counts}`;
    case 'below_limit':
      return `${about}：${considered.measure === 'ratio' ? '已到上限的' : '现在是'} ${amount(considered, value, format)}${reported}`;
    case 'rare':
      return `${about}：${amount(considered, value, format)}${reported || '，很少见'}`;
    case 'harmless':
      return `${about}：无害`;
    case 'kernel_ends_it':
      return `${about}：内核自己的定时器很快会结束它们`;
    case 'makes_progress':
      return `${about}：慢，但没有卡住`;
  }
}

function amount(considered: Considered, value: number, format: Format): string {
  const text = measured(considered, value, format);
  switch (considered.measure) {
    case 'sockets':
      return `${text} 个`;
    case 'descriptors':
      return `${text} 个描述符`;
    case 'perSecond':
      return `每秒 ${text} 次`;
    default:
      return text;
  }
}

/** Chinese stands apart from Latin words and numbers, and from nothing else. */
function tidy(text: string): string {
  return text.replace(/ (?=[，：])/g, '').replace(/(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])/g, '');
}

/** `orders-api 到 10.0.0.1:5432 的 9 个 CLOSE_WAIT`。 */
function subject({ detector, labels, count, state }: Considered, format: Format): string {
  const { process, role, peer, port, local, netns } = labels;
  const parts: string[] = [];
  if (netns !== undefined) parts.push(`${netns} 里`);
  if (process !== undefined) parts.push(process === 'unknown' ? '未知进程' : process);
  if (local !== undefined && role !== 'server') parts.push(`从 ${local}`);
  if (role === 'server' && port !== undefined) parts.push(`在服务端口 ${port} 上`);
  else if (port !== undefined && peer === undefined) parts.push(`在 ${port} 端口上`);
  if (peer !== undefined) {
    const other = peer === '*' ? '多个对端' : peer;
    parts.push(role === 'server' ? `与 ${other}` : `到 ${other}`);
  }
  const { thing, counted = ['套接字', '套接字'] } = words[detector];
  const what = count > 0 ? `${format.number(count)} 个 ${state ?? counted[0]}` : thing;
  return parts.length > 0 ? `${parts.join(' ')} 的 ${what}` : what;
}
