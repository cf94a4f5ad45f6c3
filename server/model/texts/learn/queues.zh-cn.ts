import type { TopicTexts } from './topic.ts';

export const queuesZhCn: TopicTexts<'queue'> = {
  'accept-queue': {
    name: '全连接队列（accept 队列）',
    also: 'backlog somaxconn listen 溢出 accept queue',
    summary: '握手已完成、等待 accept() 的连接。',
    is: [
      '每个监听套接字一个。最大值取 listen() 的 backlog 与 net.core.somaxconn 中较小的一个，实际能多放一条。',
      '满了以后，Linux 会丢弃握手的最后一个 ACK 和新的 SYN。客户端以为已经连上，发了数据，然后干等。',
    ],
    look: [
      '监听套接字的 Recv-Q 连续几秒大于 0：程序 accept() 太慢，或根本没有调用。',
      'ListenOverflows 在增长：队列满过，哪怕只有一瞬间。',
      '客户端抱怨慢了 1、2、3 秒：SYN 重发过。慢了 1、3、7 秒：客户端内核早于 Linux 6.5，或重发的是 SYN+ACK。',
    ],
    act: [
      '先查为什么没有调用 accept()：事件循环阻塞、描述符用尽、工作线程全忙。',
      '然后 backlog 和 somaxconn 两个都调大，并重启程序：listen() 只在调用时读一次。',
    ],
    linux: [
      '/proc/net/tcp 看不到最大值，sock_diag 可以：监听套接字的 Send-Q。',
      'tcp_abort_on_overflow = 1 时，客户端得到的是 RST 而不是沉默。',
    ],
    myths: [['“队列越长越快。”', '它只能缓冲突发。程序太慢的话，不过是让更多客户端等得更久。']],
    shows: ['Recv-Q：正在等待的；Send-Q：最大值。', '开机以来的溢出次数；ListenDrops 里其余的另有原因。'],
  },
  'syn-queue': {
    name: '半连接队列（SYN 队列）',
    also: 'SYN backlog tcp_max_syn_backlog 请求队列 syn queue',
    summary: '等待客户端最后一个 ACK 的握手。',
    is: [
      '即一个监听套接字上处于 [[SYN_RECV]] 的请求。它和[[accept-queue|全连接队列]]一样受 backlog 限制；tcp_max_syn_backlog 只在 [[syn-cookies|SYN cookie]] 关闭时才算数。',
    ],
    look: ['请求很多、SYN+ACK 都重发过：洪泛攻击。一时很多、都没有重发：客户端的突发。'],
    act: ['保持 SYN cookie 打开（1）。真实客户端有突发的，调大 backlog 和 somaxconn。'],
    linux: ['全连接队列满了，不管这里还有多少空位，新的 SYN 都会被丢弃。'],
    shows: ['所有监听套接字上的请求。', '遇到队列满的请求：被丢弃的，和改发 cookie 的。'],
  },
  'recv-q': {
    name: 'Recv-Q（接收队列）',
    also: '未读 接收缓冲区 receive queue',
    summary: '已经到达、程序还没读走的字节数。',
    is: [
      '收到 FIN 后会多 1：FIN 也占一个序号。监听套接字的 Recv-Q 是另一回事：[[accept-queue|全连接队列]]里的连接数。',
    ],
    look: [
      '长时间大于 0：程序不读。满了：对端只能停下，见[[zero-window|零窗口]]。',
      '在 [[CLOSE_WAIT]] 里：0 是已读完，1 是 FIN 未读，更大是数据未读。',
    ],
    linux: ['数据和 FIN 一起到达时，读走数据也就带走了 FIN：所以 0 不能证明程序看到了流的末尾。'],
    shows: ['第二列。'],
  },
  'send-q': {
    name: 'Send-Q（发送队列）',
    also: '未确认 发送缓冲区 send queue',
    summary: '程序已写入、对端还没有确认的字节数。',
    is: ['本端的 SYN 和 FIN 各算 1。监听套接字的 Send-Q 是[[accept-queue|全连接队列]]的最大值。'],
    look: [
      '时涨时落：数据在流动。',
      '不动，定时器是 on：没有任何确认，见[[half-open|半打开]]。',
      '不动，定时器是 persist：对端不读，见[[zero-window|零窗口]]。',
    ],
    linux: ['达到发送缓冲区大小后，write() 会阻塞或返回 EAGAIN。'],
    shows: ['第三列，行末是定时器。'],
  },
};
