import type { TopicTexts } from './topic.ts';

export const timersZhCn: TopicTexts<'timer'> = {
  'retransmission-timer': {
    name: '重传定时器',
    also: 'RTO 退避 tcp_retries2 tcp_retries1 超时 on',
    summary: '没有得到确认的就重发，间隔越来越长，直到放弃。',
    is: [
      '只要有未确认的东西（数据、SYN 或 FIN），它就在走。每触发一次，间隔加倍，最长 120 秒；SYN 则要几次之后才开始加倍。最初的间隔取决于测得的往返时间，Linux 下至少 200 毫秒。',
    ],
    linux: [
      '已建立的连接：tcp_retries2 = 15，至少 924.6 秒，之后返回 ETIMEDOUT。',
      '孤儿：tcp_orphan_retries，约 100 秒。',
      '重传 tcp_retries1 = 3 次后，内核自己也开始怀疑路由。',
      'SYN：tcp_syn_retries = 6；Linux 6.5 起，之前还要先按 tcp_syn_linear_timeouts = 4 每秒重发。合计约两分钟。',
    ],
    look: ['`ss -o` 里的 timer:(on,…)；Send-Q 一直不减；`ss -i` 里的 backoff 和 lastack。'],
    act: ['针对单个程序：[[user-timeout|TCP_USER_TIMEOUT]]。调低 tcp_retries2 会影响整台主机的所有程序。'],
    shows: ['每条连接的定时器、退避和重传次数。', '本机重传了多少次，其中多少次是定时器触发的。'],
  },
  'syn-ack-timer': {
    name: 'SYN+ACK 重传',
    also: 'tcp_synack_retries 握手 服务端',
    summary: '重发服务端对 SYN 的应答。',
    is: ['它属于处于 [[SYN_RECV]] 的请求，在 1、3、7、15、31 秒时触发；63 秒后请求被丢弃。'],
    linux: [
      '由 tcp_synack_retries 控制，默认 5 次。',
      '客户端的 ACK 早已到达、但[[accept-queue|全连接队列]]满了放不进去时，它同样在走。',
    ],
    look: ['需要重发的请求：伪造的来源，或者回程的路断了。'],
    shows: ['请求及其定时器、重发次数。'],
  },
  'delayed-ack': {
    name: '延迟确认',
    also: 'delayed ACK quickack Nagle TCP_NODELAY 40ms',
    summary: '确认之前先等一会儿，好让 ACK 搭上数据一起走。',
    is: ['按 RFC，ACK 最多可以推迟 500 毫秒，Linux 是 40～200 毫秒；每收到两个满长的报文段则立即确认。'],
    linux: ['对 FIN 的确认也可能推迟约 40 毫秒，好与本端的 FIN 合并发出；但它与关闭卡住无关。'],
    look: ['应答总是慢 40 毫秒：发送方的 Nagle 算法在等 ACK，接收方在等更多数据。'],
    act: ['一个请求一次写完，或设置 TCP_NODELAY。'],
    shows: ['ato 是当前的推迟时间（毫秒）。'],
  },
  keepalive: {
    name: 'keepalive',
    also: '定时器 保活 SO_KEEPALIVE TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT 探测',
    summary: '问一问沉默的对端还在不在。',
    is: [
      '探测是一个空报文段，序号比对端期待的小一，因此对端必须回答。回 ACK：还在。回 RST：它已丢失这条连接。没有回答：再探测一次。',
    ],
    linux: [
      '默认关闭，除非程序设置了 SO_KEEPALIVE。',
      '默认值：7200 秒后开始，每 75 秒一次，共 9 次，合计 2 小时 11 分钟；之后发出 RST，程序得到 ETIMEDOUT。',
      '有未确认的数据时它不起作用：那时由[[retransmission-timer|重传定时器]]去问。',
    ],
    act: ['把 TCP_KEEPIDLE 设得比沿途防火墙和 NAT 的空闲超时短，后者常为 5～15 分钟。'],
    myths: [
      ['“HTTP keep-alive 就是它。”', '那只是把连接留给下一个请求，并不会去问谁。'],
      ['“设了 tcp_keepalive_time 就打开了。”', '它只对已要求 keepalive 的套接字有效。'],
    ],
    shows: ['打开了的会显示 timer:(keepalive,…)，没有打开的什么也没有。', '本机的默认值。'],
  },
  'zero-window': {
    name: '零窗口',
    also: '窗口探测 persist 坚持定时器 窗口关闭 流量控制 背压',
    summary: '对端的接收缓冲区满了；内核不断询问何时有空间。',
    is: [
      '每个 ACK 都会说明对端还能收多少。为 0 时发送方停下来探测，间隔越来越长；只要对端还应答，就会一直探测下去。',
      '对端还活着，只是程序不读。这正是它与[[half-open|半打开]]的区别。',
    ],
    look: ['发送方：timer:(persist,…)，Send-Q 大于 0。接收方：Recv-Q 是满的。'],
    act: [
      '去看那个不读的程序：阻塞、被暂停，还是太慢。用写超时限制等待；[[user-timeout|TCP_USER_TIMEOUT]] 在这里同样有效。',
    ],
    linux: ['毫无应答的探测按重传计数：tcp_retries2。孤儿则更早被内核结束。'],
    shows: ['定时器和窗口。', '本机关上自己窗口的次数。'],
  },
  'user-timeout': {
    name: 'TCP_USER_TIMEOUT',
    also: 'UTO 用户超时 死连接 写超时',
    summary: '已发送的数据最多可以多久得不到确认，由程序设置。',
    is: [
      '以毫秒计，按套接字设置。时间一到，不论还剩几次重传，连接都以 ETIMEDOUT 结束。它取代 [[retransmission-timer|tcp_retries2]]，对[[zero-window|零窗口]]同样有效，也会改变 [[keepalive]] 放弃的时刻。',
    ],
    act: [
      '多数服务取 20～60 秒：比路由切换长，比人的耐心短。PostgreSQL 是 `tcp_user_timeout`，HAProxy 是 `tcp-ut`。',
    ],
    look: ['对空闲连接不起作用，那要靠 keepalive。'],
  },
  'fin-wait2-timer': {
    name: 'FIN_WAIT2 定时器',
    also: 'tcp_fin_timeout TCP_LINGER2 孤儿',
    summary: '孤儿等待对端 FIN 的期限。',
    is: [
      'close() 之后，处于 [[FIN_WAIT2]] 的一端等着一个对它已没有用处的 FIN。tcp_fin_timeout 限制这段等待，默认 60 秒。',
    ],
    linux: [
      '只对孤儿有效：程序用 shutdown() 之后仍持有套接字的，没有期限。',
      '到期后对端仍在 [[CLOSE_WAIT]]；它若发送数据，会收到 RST。',
    ],
    myths: [
      ['“tcp_fin_timeout 就是 TIME_WAIT 的长度。”', '不是。TIME_WAIT 固定 60 秒，只是两个数字碰巧相同。'],
    ],
    shows: ['孤儿上显示为 timer:(timewait,…)，因为用的是同一种小型套接字。', '当前的设置。'],
  },
  'time-wait-2msl': {
    name: 'TIME_WAIT 与 2MSL',
    also: '2MSL 最长报文段寿命 旧副本 60 秒',
    summary: '先关闭的一端为什么要等 60 秒。',
    is: [
      'MSL 是报文段在网络中最长的寿命。等它的两倍，一去一回，旧连接就什么也不剩了。',
      '原因之一：最后一个 ACK 可能丢失。对端会重发 FIN，总得有人回答；回 RST 的话，对端会当成出错。',
      '原因之二：旧报文段可能闯进同一对端口上的新连接，而序号恰好合适。',
    ],
    linux: [
      '60 秒，写死在内核里。重发的 FIN 会让它重新计时。',
      '新 SYN 的序号若大于旧连接的所有序号，监听端在 TIME_WAIT 中也会接受：服务端的 TIME_WAIT 不会让谁多等。',
      '从同一端口再 connect() 同一地址会失败（EADDRNOTAVAIL），或由内核换一个端口。',
    ],
    myths: [['“SO_LINGER 0 可以避免 TIME_WAIT。”', '代价是发 RST、丢数据，上面两个原因都会找上门来。']],
    shows: ['各自剩余的秒数。'],
  },
};
