import { numberIn, type FindingTexts } from './findings.ts';
import {
  age,
  connections,
  few,
  peers,
  sentences,
  unacked,
  unknownOwner,
  who,
} from './findings.stuck.zh-cn.ts';

export const zeroWindowZhCn: FindingTexts['describe']['zero_window'] = {
  peer_not_reading: (finding, format) => ({
    title: `对端不读数据：${who(finding)}在 ${connections(finding, format)}上发不出去`,
    explanation: sentences(
      `对端关上了接收窗口：它还活着，也应答探测，但它的程序不从套接字里取数据。本端有 ${unacked(finding, format)} 等着发送。`,
      `最久的已持续${age(finding, format)}，其间一个字节也没有取走。`,
      '发送缓冲区满了以后，本端的写操作也会阻塞（或返回 EAGAIN），等这次写的一切都跟着停下。',
      '只要对端还应答，内核没有定时器会结束它。',
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      finding.labels.role === 'client'
        ? '去看对端的服务：它的线程被阻塞了，或者进程被暂停了，它那边的 Recv-Q 是满的。'
        : `去看这些${peers(finding)}的客户端：暂停的下载、停住的进程，或者太慢的消费者。`,
      '本端要限制等待的时间：写超时（Go 的 SetWriteDeadline，nginx 的 send_timeout，HAProxy 的 timeout client 和 timeout server），或者 TCP_USER_TIMEOUT，它对关闭的窗口同样有效。',
      '也要限制占用的内存：套接字写不动时就别再生产数据（Node 里等 drain 事件，Redis 的 client-output-buffer-limit）。',
    ),
  }),
  not_reading: (finding, format) => ({
    title: `${who(finding)}不读 ${connections(finding, format)}：对端无法再发送`,
    explanation: sentences(
      `接收缓冲区满了：Recv-Q 里积压了 ${format.bytes(numberIn(finding, 'recvQueueBytes') ?? 0)}，而程序${age(finding, format)}没有读过。`,
      '于是本机内核不再给对端窗口，对端的程序也随之阻塞。',
      '有意等待的程序看起来也一样：代理的客户端太慢时，代理会停止读取上游。',
      finding.severity === 'info' ? '数量不多，所以只作提示，不告警。' : null,
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '抓取进程的调用栈（gdb、jstack、py-spy、goroutine dump）：该读的那个线程在等什么？被暂停的进程（ps 里状态为 T）同样什么也不读。',
      '在 Node 里找被 pause 或没有人消费的流，在 Go 里找没有读也没有关闭的响应体，在线程池里找全都等着同一把锁的线程。',
      '不再需要的连接应当关闭，而不是晾着不读。',
    ),
  }),
};
