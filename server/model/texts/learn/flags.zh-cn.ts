import type { TopicTexts } from './topic.ts';

export const flagsZhCn: TopicTexts<'flag'> = {
  syn: {
    name: 'SYN',
    also: '同步 序列号 ISN',
    summary: '打开一个方向，并告知序号从哪里开始。',
    is: [
      '它携带初始序号，既不能让人猜到，也不能与同一对端口上旧连接的序号重叠。SYN 自己占一个序号，所以和数据一样要被确认、会重发。',
    ],
    look: [
      '只有最初的 SYN 不带 ACK。已建立的连接收到 SYN 不会轻信，而是回一个 ACK；对端若真的丢失了连接，会再用 RST 结束它。',
    ],
  },
  ack: {
    name: 'ACK',
    also: '确认 累积确认',
    summary: '期待的下一个字节的序号：在它之前的都已收到。',
    is: [
      '除最初的 SYN 外，每个报文段都带 ACK。确认是累积的：一个 ACK 涵盖之前的一切，丢一个，下一个就补上了。',
      '它只说明对端内核收到了；对端程序读没读，它不管，见[[all-delivered|数据都送到了吗]]。',
    ],
    look: ['`ss -i` 里的 lastack 是距上次收到 ACK 的时间，由此可以分清对端是没有声息，还是只是慢。'],
  },
  fin: {
    name: 'FIN',
    also: '结束 流的末尾 EOF close',
    summary: '“我没有数据要发了。”',
    is: [
      '它排在流的末尾、所有数据之后，自己占一个序号，因此可靠而且有序：收到 FIN，就说明数据已经齐了。',
      '读的一方看到的是 read() 返回 0。在 [[CLOSE_WAIT]] 的 Recv-Q 里，只要没有人读走它，它就算作 1。',
    ],
    linux: ['由 close()、shutdown(SHUT_WR) 和进程退出发出；有些情形下代之以 [[rst|RST]]。'],
  },
  rst: {
    name: 'RST',
    also: '重置 复位 ECONNRESET 拒绝连接 linger',
    summary: '“没有这条连接”，或者“到此为止”。',
    is: [
      '它立即结束两端的连接，没有 TIME_WAIT，在途的数据也不再投递，而且没有人确认它。',
      '接收方只在序号恰好等于所期待的那个时才相信它；在 [[SYN_SENT]] 里，它必须确认了 SYN。旧副本和猜测都过不了这一关。',
    ],
    linux: [
      '端口没有监听：对方得到 ECONNREFUSED。',
      'close() 时还有数据没读（TCPAbortOnClose），或设了 SO_LINGER 0（TCPAbortOnData）。',
      'close() 之后又有数据到达。',
      '已丢失连接的一端收到报文段，见[[half-open|半打开]]。',
      '定时器放弃时不发 RST（TCPAbortOnTimeout），只有 keepalive 会发。',
    ],
    act: ['读到流的末尾再 close()；去掉 SO_LINGER 0；下线监听之前留出排空的时间。'],
    shows: ['内核按原因统计的重置次数。'],
  },
  'psh-urg': {
    name: 'PSH 与 URG',
    also: '推送 紧急 带外数据 MSG_OOB',
    summary: '关于数据的提示，如今几乎没有影响。',
    is: [
      'PSH：“请立即交给程序”。Linux 在一次写的最后一个报文段上设置它；作为接收方，反正总是立即交付。',
      'URG：把流中的一处标为紧急。各家实现对“是哪个字节”说法不一，中间设备会清掉它，RFC 9293 不建议新程序使用。',
    ],
  },
};
