import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

export const closeWaitLeakZhCn: FindingTexts['describe']['close_wait_leak'] = {
  drained: (finding, format) => ({
    title: `${who(finding)}${connections(finding, format)}没有关闭`,
    explanation: sentences(
      '对端已发 FIN，而 Recv-Q 为 0：数据都读完了，只差 close()。',
      aged(finding, format),
      'CLOSE_WAIT 没有内核定时器：只要程序不关闭、不退出，描述符就一直被占着，这就是描述符泄漏。',
      growth(finding, format),
      descriptors(finding, format),
      '有一点无法由此断定：如果数据和 FIN 一起到达，读走数据时 FIN 也一并被取走，所以程序未必见过流的末尾（read() 返回 0）。',
      others(finding, format, 'drained'),
      unknownOwner(finding),
    ),
    advice: sentences(
      '确保每条路径都会关闭连接：read() 返回 0 之后、出错之后、超时之后，以及中途放弃响应的时候。',
      finding.labels.role === 'client'
        ? '作为客户端，重点检查没有读完或没有关闭的响应体，以及从连接池借出却没有归还的连接：Go 用 defer resp.Body.Close()，Java 用 try-with-resources 包住响应（Apache HttpClient、OkHttp），Python requests 用 stream=True 时要 with 或 close()，Node.js 对不要的响应调用 res.resume() 或 res.destroy()。'
        : '作为服务端，重点检查返回或抛出异常时没有关闭连接的处理函数，以及放进列表后再也没有人读的连接：Go 用 defer conn.Close()，Java 用 try-with-resources，Python 用 with，Node.js 打开 allowHalfOpen 时要在 end 事件里调用 end()。',
      '重启进程可以释放描述符，调整 sysctl 则没有用。',
    ),
  }),
  unread_data: (finding, format) => ({
    title: `${who(finding)}${connections(finding, format)}收到了数据却没有读取`,
    explanation: sentences(
      `对端先发来数据，随后发了 FIN，两者都还留在接收队列里：Recv-Q 大于 1${queued(finding, format)}。`,
      aged(finding, format),
      '程序在读取之前就卡住了：线程阻塞、死锁、下游队列已满，或者处理函数在等别的东西。',
      growth(finding, format),
      descriptors(finding, format),
      others(finding, format, 'unreadData'),
      unknownOwner(finding),
    ),
    advice: sentences(
      '趁进程还卡着，马上抓取它的调用栈（gdb、jstack、py-spy、goroutine dump），看线程或事件循环在等什么，',
      '然后给这处等待加上超时。',
      '不读数据就直接关闭，内核发出的会是 RST 而不是 FIN。',
    ),
  }),
  fin_unread: (finding, format) => ({
    title: `${who(finding)}${connections(finding, format)}，对端已经关闭而程序尚未察觉`,
    explanation: sentences(
      'Recv-Q 为 1，这个 1 就是对端的 FIN：没有剩余数据，而 FIN 到达之后再没有人读过这个描述符。',
      aged(finding, format),
      idlePool(finding)
        ? '数量没有增长，正是空闲连接池的样子：不用到就无害，用到时第一次读写会失败。'
        : '这不是大小固定的空闲连接池：要么有线程被阻塞，要么连接被搁置后忘掉了。',
      growth(finding, format),
      descriptors(finding, format),
      others(finding, format, 'finUnread'),
      unknownOwner(finding),
    ),
    advice: idlePool(finding)
      ? sentences(
          '把连接池的空闲超时设得比服务端的 keep-alive 超时短，让本端先关闭；或者让连接池在借出连接之前先检测一次：HikariCP 的 maxLifetime 和 keepaliveTime，Commons Pool（DBCP、Jedis）的 testWhileIdle 和 minEvictableIdleTimeMillis，SQLAlchemy 的 pool_recycle 和 pool_pre_ping，Go database/sql 的 SetConnMaxIdleTime。',
          '除此之外不必处理。',
        )
      : sentences(
          '找出是谁持有这些连接却不读：抓取进程的调用栈，并检查有没有连接已经脱离事件循环的监听。',
          finding.labels.role === 'client'
            ? '如果是连接池，给它设置上限和空闲超时。'
            : '处理函数在等别的东西时，也应当同时留意自己的连接，或者设置超时。',
        ),
  }),
  never_accepted: (finding, format) => ({
    title: `${who(finding)}没有 accept()${onPort(finding)}的连接：${format.number(finding.count)} 条停在 CLOSE_WAIT`,
    explanation: sentences(
      '握手已经完成，客户端也已发 FIN，但套接字没有 inode：程序还没有 accept() 它。它还在监听套接字的全连接队列里，不占用描述符，所以不是描述符泄漏。',
      aged(finding, format),
      acceptQueue(finding, format),
      '队列满了之后，内核会丢弃新的连接。',
      growth(finding, format),
      others(finding, format, 'neverAccepted'),
    ),
    advice: sentences(
      '先找出程序为什么不调用 accept()：事件循环被阻塞、工作线程全忙、描述符用尽，还是进程被暂停。抓取调用栈就能看到。',
      '之后再考虑 backlog：它同时受 listen() 的参数和 net.core.somaxconn 限制，而且队列更长只会让客户端等得更久。',
    ),
  }),
};

const GAPS: Readonly<Record<string, string>> = {
  permission: 'Halfclose 无权读取所有进程的描述符（需要 CAP_DAC_READ_SEARCH 和 CAP_SYS_PTRACE）',
  not_found: '在 Halfclose 能看到的进程里，没有一个持有这些套接字；它们可能属于另一个 PID 命名空间',
  pending: '还没有读到它的描述符',
  kernel: '这些套接字由内核自己持有',
  accept_queue: '不清楚监听套接字属于哪个进程',
};

function who(finding: Finding): string {
  const { labels } = finding;
  const processes = numberIn(finding, 'processes');
  if (processes !== null) return `${labels.process ?? '?'}（${processes} 个进程）`;
  if (labels.pid === undefined) return '未知进程';
  return `${labels.process ?? '?'}（PID ${labels.pid}）`;
}

function connections(finding: Finding, format: Format): string {
  const { role, peer, port } = finding.labels;
  const count = `${format.number(finding.count)} 条`;
  const several = peer === '*';
  if (role === 'client') return `有 ${count}到${several ? '多个对端' : ` ${peer ?? '?'} `}的连接`;
  return `在 ${port ?? '?'} 端口上有 ${count}来自${several ? '多个对端' : ` ${peer ?? '?'} `}的连接`;
}

function onPort({ labels }: Finding): string {
  return labels.port === undefined ? '' : ` ${labels.port} 端口上`;
}

function aged(finding: Finding, format: Format): string {
  const age = format.duration(finding.oldestAgeSeconds);
  return `其中最久的已在 CLOSE_WAIT 停留${finding.ageExact ? ' ' : '至少 '}${age}。`;
}

function idlePool({ labels, evidence }: Finding): boolean {
  return labels.role === 'client' && evidence.growing !== true;
}

function growth(finding: Finding, format: Format): string | null {
  const perMinute = numberIn(finding, 'growthPerMinute');
  const window = numberIn(finding, 'growthWindowSeconds');
  if (finding.evidence.growing !== true || perMinute === null || window === null) return null;
  return `最近 ${format.duration(window)}内，平均每分钟增加 ${format.number(perMinute)} 条。`;
}

function descriptors(finding: Finding, format: Format): string | null {
  const used = numberIn(finding, 'descriptorsUsed');
  const limit = numberIn(finding, 'descriptorLimit');
  if (used === null || limit === null) return null;
  const use = `该进程的描述符上限为 ${format.number(limit)}，已打开 ${format.number(used)} 个`;
  const { forecast } = finding;
  return forecast ? `${use}；按目前的速度，${format.duration(forecast.inSeconds)}后用尽。` : `${use}。`;
}

function others(finding: Finding, format: Format, own: string): string | null {
  const names = {
    drained: '已读完',
    unreadData: '有数据未读',
    finUnread: '只有 FIN 未读',
    neverAccepted: '未被 accept()',
  } as const;
  const parts = (Object.keys(names) as (keyof typeof names)[])
    .filter((key) => key !== own && (numberIn(finding, key) ?? 0) > 0)
    .map((key) => `${format.number(numberIn(finding, key) ?? 0)} 条${names[key]}`);
  return parts.length > 0 ? `其中另有 ${parts.join('，')}。` : null;
}

function unknownOwner(finding: Finding): string | null {
  const gap = textIn(finding, 'ownerGap');
  return gap === null ? null : `进程未知，也可能不止一个：${GAPS[gap] ?? gap}。`;
}

function queued(finding: Finding, format: Format): string {
  const bytes = numberIn(finding, 'recvQueueBytes');
  return bytes === null ? '' : `（合计 ${format.bytes(bytes)}）`;
}

function acceptQueue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  const most = numberIn(finding, 'acceptQueueMax');
  if (waiting === null) return null;
  const queue = `全连接队列里有 ${format.number(waiting)} 条在等待`;
  return most === null ? `${queue}。` : `${queue}，最多容纳 ${format.number(most + 1)} 条。`;
}
