import type { TopicTexts } from './topic.ts';

export const lifeZhCn: TopicTexts<'life'> = {
  'three-way-handshake': {
    name: '三次握手',
    also: '建立连接 open connect SYN handshake',
    summary: '连接如何建立：SYN、SYN+ACK、ACK。',
    is: [
      '两端各自告知对方自己的初始序号，并各自得到确认。客户端发 [[syn|SYN]]（[[SYN_SENT]]），服务端回 SYN+ACK（[[SYN_RECV]]），客户端的 [[ack|ACK]] 到达后握手完成。',
      '为什么是三次而不是两次：收到的 SYN 可能是迟到的旧副本，要等客户端再确认一次，服务端才能相信它。没有发起过连接的一端会回 [[rst|RST]]。',
    ],
    linux: [
      '全程由内核完成。收到 SYN+ACK 后 connect() 就返回；服务端这边，完成的连接先进[[accept-queue|全连接队列]]，等程序调用 accept()。',
      '数据可以在 accept() 之前到达，先放在接收缓冲区里。',
    ],
    look: [
      '客户端停在 [[SYN_SENT]]：没有任何应答回来。',
      '服务端停在 [[SYN_RECV]]：自己的应答送不到，或最后的 ACK 回不来。',
    ],
    shows: ['两端正在进行的握手。正常的握手快得看不到。'],
  },
  'four-way-close': {
    name: '四次挥手',
    also: '断开 关闭 四次握手 FIN close teardown',
    summary: '连接如何结束：两个方向各用一个 FIN 关闭，每个 FIN 都要确认。',
    is: [
      '一条连接是两条单向的流。close() 只结束其中一条：“我这边没有数据了”。所以有两个 [[fin|FIN]]、两个 ACK，两者之间连接处于[[half-closed|半关闭]]。',
      '先关闭的一端依次经过 [[FIN_WAIT1]]、[[FIN_WAIT2]]、[[TIME_WAIT]]；另一端经过 [[CLOSE_WAIT]]、[[LAST_ACK]]。双方同时关闭时，都经过 [[CLOSING]]。',
    ],
    linux: [
      '收到 FIN，内核会自行确认，立即或推迟约 40 毫秒；但绝不会自行发出本端的 FIN，那要等程序 close() 或进程退出。',
      '如果对端程序马上也关闭，它的 ACK 和 FIN 会合在一个报文段里：线上只有三个报文段，步骤仍是四步。',
    ],
    look: [
      '先看轮到谁：FIN_WAIT1、CLOSING、LAST_ACK 等对端内核，FIN_WAIT2 等对端程序，CLOSE_WAIT 等本机程序，TIME_WAIT 等时间。',
    ],
    myths: [
      [
        '“最后由被动关闭的一方等待 2MSL。”',
        '等待的是主动关闭的一方：谁先发 FIN，谁进 TIME_WAIT。LAST_ACK 收到 ACK 就结束了。',
      ],
    ],
    shows: ['正在关闭的连接。停留几秒以上的就是卡住了。'],
  },
  'who-closes-first': {
    name: '谁先关闭',
    also: '主动关闭 被动关闭 TIME_WAIT',
    summary: '谁先关闭，TIME_WAIT 就留在谁那里。',
    is: [
      'TIME_WAIT 留在先发 FIN 的一端。在服务端只占一点内存：它的连接本来就共用同一个本地端口。在客户端，每一个都会占用一个[[ephemeral-ports|临时端口]] 60 秒。',
    ],
    look: [
      'TIME_WAIT 的本地端口是监听端口：服务端先关闭，无害。',
      'TIME_WAIT 都指向同一目的地：是本机的客户端先关闭，要数一数端口。',
    ],
    act: [
      '复用连接：连接池、HTTP keep-alive。不关闭，就没有 TIME_WAIT。',
      '用连接池时，让客户端比服务端稍早关闭空闲连接。否则服务端的 FIN 会撞上正要发出的请求，或者池里留下 [[CLOSE_WAIT]]。',
    ],
    shows: ['443 端口上服务端的 TIME_WAIT：是它先关闭的。'],
  },
  'simultaneous-close': {
    name: '同时关闭',
    also: 'CLOSING FIN 交错',
    summary: '双方都在得知对方关闭之前关闭；两端最后都进 TIME_WAIT。',
    is: [
      '两个 FIN 在途中交错而过。每一端都处于 [[FIN_WAIT1]]，等来的不是 ACK 而是 FIN，于是确认它并进入 [[CLOSING]]；自己的 FIN 得到确认后进入 [[TIME_WAIT]]。',
      '少见，也无害：要在一个往返之内各自关闭才会发生。',
    ],
    look: ['停在 CLOSING 不动：对端的 FIN 到了，而它的 ACK 再也不会来。'],
    shows: ['处于 CLOSING 的套接字，正常情况下一个也没有。'],
  },
  'half-closed': {
    name: '半关闭',
    also: 'half-closed shutdown CLOSE_WAIT FIN_WAIT2',
    summary: '一端已发 FIN，另一端还没有；数据仍可单向传输。',
    is: [
      '已关闭的一端处于 [[FIN_WAIT2]]，另一端处于 [[CLOSE_WAIT]]。双方都知道这一点：这是每次关闭都会经过的阶段，不是故障。要紧的是停留多久。',
      '不要和[[half-open|半打开]]混淆：那是一端已经没有了这条连接，而另一端不知道。',
    ],
    linux: [
      'shutdown(SHUT_WR) 有意制造半关闭：“请求发完了，我还要读你的应答”。',
      'close() 之后再没有人能读：对端若继续发送，会收到 [[rst|RST]]。',
    ],
    look: ['本机是 CLOSE_WAIT：本机程序欠一个 close()。本机是 FIN_WAIT2：对端程序欠一个。'],
    shows: ['对端已关的连接，以及该由哪个进程来关闭。', '本端已关的连接；带定时器的，说明已没有程序持有它。'],
  },
  'half-open': {
    name: '半打开',
    also: 'half-open 断电 拔网线 NAT 超时 死连接',
    summary: '一端悄无声息地没了，另一端仍以为连接还在。',
    is: [
      '断电、拔网线、NAT 或防火墙忘掉了这条连接：既没有 FIN 也没有 RST，剩下的一端于是一直是 [[ESTABLISHED]]。如果它从不发送，就会永远这样。',
      '它一发送，真相就出来了：对端主机若已恢复，它不认识这条连接，会回 [[rst|RST]]；若没有人应答，重传次数终会用尽。',
    ],
    linux: [
      '有数据要发：按 tcp_retries2 放弃（15 次，至少 924 秒）。',
      '空闲：只有 [[keepalive]] 会去问，前提是程序打开了它，默认 2 小时后才问。',
    ],
    look: [
      'Send-Q 大于零且在重传：证据很强。',
      'keepalive 探测没有应答：同样很强。',
      '空闲几小时、没有定时器：只能怀疑，正常的安静连接也是这样。',
    ],
    act: [
      '要发送的连接设 [[user-timeout|TCP_USER_TIMEOUT]]，只等待的连接开 [[keepalive]]，两者都在程序里加时限。',
    ],
    myths: [
      [
        '“服务端进程崩溃，客户端就成了半打开。”',
        '进程崩溃不会留下半打开连接：内核会替它关闭套接字，发出 FIN 或 RST。只有主机没了，或者路断了，才会半打开。',
      ],
    ],
    shows: ['到数据库的连接：定时器、重传次数，以及上次收到东西的时间。'],
  },
  'all-delivered': {
    name: '数据都送到了吗',
    also: '丢数据 close 未读 RST SO_LINGER',
    summary: 'close() 成功，不等于对端已经读到。',
    is: [
      'write() 成功只表示字节进了本机内核。close() 也立即返回：内核以[[orphan|孤儿套接字]]继续投递，成败没有人知道。',
      '反过来更糟：还有数据没读就关闭，内核发出的是 [[rst|RST]]，对端甚至会丢掉已经收到、还没读走的数据。',
    ],
    act: [
      '一直读到 read() 返回 0，再关闭。',
      '要确知对端收全了：先 shutdown(SHUT_WR)，再读到对端的末尾。对端在你之后发来的 FIN 说明它已读完；协议里有明确的应答则更好。',
      'SO_LINGER 设为 0 不是“快速关闭”：未发出的数据会被丢弃。',
    ],
    look: ['TCPAbortOnClose 在增长：有程序没读完就关闭了。'],
  },
  'peer-gone': {
    name: '如何得知对端已断开',
    also: 'EOF read 返回 0 ECONNRESET EPIPE SIGPIPE ETIMEDOUT EINTR',
    summary: '对端关闭、重置或消失时，程序各会看到什么。',
    is: [
      '对端关闭：读完最后一个字节后，read() 返回 0。这是 [[fin|FIN]] 唯一的信号，只有去读的程序才看得到。',
      '对端重置：下一次调用返回 ECONNRESET；再写则返回 EPIPE 并产生 SIGPIPE，没有忽略这个信号的程序会被终止。',
      '对端消失：什么也看不到，直到定时器用尽，才返回 ETIMEDOUT。',
    ],
    act: [
      '即使不等数据，也要监视连接是否可读：poll() 会报告 POLLIN 和 POLLRDHUP。',
      'EINTR 和 EAGAIN 不是断开，重试即可。',
      '写成功不能说明什么：对端关闭后的第一次写仍会成功，换来的是一个 RST。',
    ],
  },
  orphan: {
    name: '孤儿套接字',
    also: 'orphan 无进程 inode 0',
    summary: '已没有程序持有、但内核还要善后的套接字。',
    is: [
      'close() 之后，内核还要把剩下的数据和 FIN 送到。在此之前，套接字处于 [[FIN_WAIT1]]、[[CLOSING]] 或 [[LAST_ACK]]，不属于任何进程（inode 为 0）。',
      '[[accept-queue|全连接队列]]里等待的套接字也没有 inode，但不是孤儿：它们属于监听套接字。',
    ],
    linux: [
      '按 tcp_orphan_retries 放弃：0 代表 8 次，约 100 秒。',
      '超过 [[orphan-limit|tcp_max_orphans]] 后，新的孤儿会立即被重置。',
    ],
    look: ['孤儿很多：对端消失了，或者本端关闭时对端不读。'],
    shows: ['正在关闭的套接字及其定时器；没有进程的就是孤儿。', '其中 “orphan” 是内核的计数。'],
  },
};
