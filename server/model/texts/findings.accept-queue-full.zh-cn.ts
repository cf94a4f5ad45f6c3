import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const BACKLOG =
  '队列长度取 listen() 的参数和 net.core.somaxconn 中较小的一个，并在调用 listen() 时定下：nginx 用 listen 的 backlog=，gunicorn 用 --backlog，Node.js 用 server.listen() 的 backlog，Redis 用 tcp-backlog，uWSGI 用 --listen，Tomcat 用 acceptCount，Python 的 socketserver 用 request_queue_size（默认只有 5）；Go 直接采用 somaxconn。';
const STALLED =
  '找出程序为什么不调用 accept()：事件循环被阻塞、工作线程全忙、描述符用尽（accept() 返回 EMFILE），或者进程被暂停。看调用栈就知道（gdb、jstack、py-spy、goroutine dump）。';

export const acceptQueueFullZhCn: FindingTexts['describe']['accept_queue_full'] = {
  not_accepting: (finding, format) => ({
    title: `${who(finding)}在 ${finding.labels.port ?? '?'} 端口上已有${atLeast(finding, format)}没有接受连接`,
    explanation: sentences(
      queue(finding, format),
      waited(finding, format),
      '队列先进先出，所以这段时间里一条连接也没有被接受。队列还有空位：暂时没有客户端被拒，但新来的都得等。',
    ),
    advice: STALLED,
  }),
  nearly_full: (finding, format) => ({
    title: `${who(finding)}在 ${finding.labels.port ?? '?'} 端口上的全连接队列${isFull(finding) ? '已满' : '快满了'}`,
    explanation: sentences(
      queue(finding, format),
      waited(finding, format),
      isFull(finding)
        ? '最近没有客户端被拒之门外，但下一个来的就会连不上。'
        : '一旦队列满了，内核就会丢弃新的握手，客户端只能不断重发，直到有一次成功：每秒一次，几次之后越来越慢（Linux 6.5 以前是 1、3、7 秒）。',
    ),
    advice: sentences(
      STALLED,
      '如果程序一直在接受只是跟不上，就增加工作线程或进程；加长队列只能应付短暂的高峰。',
      BACKLOG,
    ),
  }),
  overflowing: (finding, format) => ({
    title: `${who(finding)}在 ${finding.labels.port ?? '?'} 端口上的全连接队列溢出，客户端连不上`,
    explanation: sentences(
      queue(finding, format),
      overflows(finding, format),
      waited(finding, format),
      finding.certainty !== 'certain' &&
        '当前数据来源看不到队列上限：这里指出的是计数器上升期间一直没有清空的那个队列，并不等于证明。',
      '握手被丢弃时客户端收不到任何回应：它在 1 秒后重发 SYN，表现为 connect() 很慢或者超时。',
    ),
    advice: sentences(STALLED, '之后再看队列长度。', BACKLOG),
  }),
  bursts: (finding, format) => ({
    title: '突发的连接使全连接队列溢出',
    explanation: sentences(
      overflows(finding, format),
      '每次查看时都没有队列是满的，可见它在瞬间填满又清空：程序在正常接受，只是队列太短，容不下突发。',
      shortest(finding, format),
      '由此看不出是哪个监听套接字：这个计数器由所有监听套接字共用。',
    ),
    advice: sentences('调高承受突发的那个监听套接字的 backlog。', BACKLOG),
  }),
};

function who({ labels }: Finding): string {
  return labels.pid === undefined ? '未知进程' : `${labels.process ?? '?'}（PID ${labels.pid}）`;
}

function atLeast(finding: Finding, format: Format): string {
  const age = format.duration(finding.oldestAgeSeconds);
  return finding.ageExact ? ` ${age}` : `至少 ${age}`;
}

function waited(finding: Finding, format: Format): string | null {
  return finding.oldestAgeSeconds < 1 ? null : `等得最久的一条已经等了${atLeast(finding, format)}。`;
}

function queue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  const most = numberIn(finding, 'acceptQueueMax');
  if (waiting === null) return null;
  const wait = `有 ${format.number(waiting)} 条连接在等待 accept()`;
  return most === null ? `${wait}。` : `${wait}，队列最多容纳 ${format.number(most + 1)} 条。`;
}

function overflows(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'listenOverflows');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null) return null;
  return `ListenOverflows 在 ${format.duration(window)}内增加了 ${format.number(count)}：有这么多次握手遇到队列已满。`;
}

function shortest(finding: Finding, format: Format): string | null {
  const most = numberIn(finding, 'acceptQueueMax');
  return most === null ? null : `这里最短的队列上限是 ${format.number(most)}。`;
}

function isFull(finding: Finding): boolean {
  return (numberIn(finding, 'usedRatio') ?? 0) >= 1;
}
