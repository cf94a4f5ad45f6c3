import type { DetectorTopicTexts } from './topic.ts';

export const detectorsZhCn: DetectorTopicTexts = {
  close_wait_leak: {
    name: 'close_wait_leak',
    also: 'CLOSE_WAIT 泄漏',
    summary: '对端已经关闭，本机程序却没有关闭。',
    is: [
      '按进程和对端，检查在 [[CLOSE_WAIT]] 停留已久的套接字。看的是时长而不是数量：没有定时器会结束这个状态。[[recv-q|Recv-Q]] 和 inode 说明原因，增长的快慢则说明进程的[[descriptor-limit|描述符]]何时用尽。',
    ],
    causes: {
      never_accepted:
        '没有 inode：连接还在[[accept-queue|全连接队列]]里等着。没有丢描述符，是程序不调用 accept()。',
      unread_data: 'Recv-Q 大于 1：程序没读完就停住了。',
      fin_unread: 'Recv-Q 为 1，就是那个 FIN：没有人在看这个套接字。空闲的连接池，或线程阻塞。',
      drained: 'Recv-Q 为 0：全读完了，只差 close()。这是描述符泄漏。',
    },
  },
  time_wait_buildup: {
    name: 'time_wait_buildup',
    also: 'TIME_WAIT 堆积 太多',
    summary: '要紧的 TIME_WAIT 就报告，不要紧的就解释。',
    is: [
      '按目的地统计 [[TIME_WAIT]] 占[[ephemeral-ports|端口范围]]的比例，总数与 [[time-wait-table|TIME_WAIT 表]]相比；监听端口上的另外统计，它们无害。',
    ],
    causes: {
      client_ports: '本机客户端先关闭，到同一目的地的端口快用完了。',
      serving_side: '服务端先关闭。只占一点内存，仅作提示。',
      table_full: '接近 tcp_max_tw_buckets：套接字将跳过 TIME_WAIT。',
    },
  },
  port_exhaustion: {
    name: 'port_exhaustion',
    also: '端口耗尽 临时端口 EADDRNOTAVAIL',
    summary: '到同一目的地的端口快用完了，而且不是因为 TIME_WAIT。',
    is: [
      '按（本地地址，对端地址，对端端口）统计占用的本地端口，与[[ephemeral-ports|可用范围]]相比。内核没有任何计数器反映这件事。',
    ],
    causes: {
      held_open: '未关闭或卡在关闭途中的连接占着端口。',
      bound_only: '[[bound-only|只绑定]]的套接字占走了所有目的地的端口。',
    },
  },
  syn_backlog: {
    name: 'syn_backlog',
    also: 'SYN 洪泛 半连接队列 SYN_RECV',
    summary: '监听套接字上的握手越积越多。',
    is: [
      '检查每个监听套接字上处于 [[SYN_RECV]] 的请求占 [[syn-queue|backlog]] 的比例、SYN+ACK 是否重发过，以及 [[syn-cookies|SYN cookie]] 和丢弃的计数器。',
    ],
    causes: {
      slow_accept: '[[accept-queue|全连接队列]]满了，握手无法完成：是程序慢，不是攻击。',
      flood: 'SYN+ACK 没有回应，cookie 有去无回：洪泛攻击，或者回程不通。',
      cookies: 'cookie 发出去又收回来：真实客户端，同时到来的数量超过 backlog。',
      dropping: '同上，但 cookie 已关闭：请求被丢弃。',
    },
  },
  accept_queue_full: {
    name: 'accept_queue_full',
    also: '全连接队列 溢出 backlog',
    summary: '程序 accept() 太慢，或根本没有调用。',
    is: ['检查每个监听套接字的[[accept-queue|全连接队列]]、其中最久的一条等了多久，以及 ListenOverflows。'],
    causes: {
      not_accepting: '队列还有空位，却有连接等了很久：没有人调用 accept()。',
      nearly_full: '队列大半已占，而且一直没有清空。',
      overflowing: '已满，握手正被丢弃。',
      bursts: '在两次观测之间溢出过：短促的突发。',
    },
  },
  orphan_pressure: {
    name: 'orphan_pressure',
    also: '孤儿套接字 tcp_max_orphans',
    summary: '已关闭但还没投递完的套接字，快到内核的上限了。',
    is: [
      '把[[orphan|孤儿]]数量与 [[orphan-limit|tcp_max_orphans]] 相比。警告得早，因为难缠的孤儿最多会被内核算作四个。',
    ],
    causes: {
      near_limit: '已用到上限的四分之一。',
      resetting: '内核已经在结束孤儿，数据随之丢失。',
    },
  },
  tcp_memory_pressure: {
    name: 'tcp_memory_pressure',
    also: 'tcp_mem 内存',
    summary: '所有连接的缓冲区合计，达到了内核的界限。',
    is: ['把 sockstat 的 mem 与 [[tcp-memory|tcp_mem]] 的三个数相比，并指出队列最长的进程。'],
    causes: {
      pressure: '超过第二个数：缓冲区缩减，一切变慢。',
      exhausted: '达到第三个数：丢弃报文段，结束连接。',
    },
  },
  descriptor_exhaustion: {
    name: 'descriptor_exhaustion',
    also: '描述符 EMFILE ulimit',
    summary: '进程的描述符快用完了。',
    is: ['跟踪每个进程打开的描述符占[[descriptor-limit|软上限]]的比例和增长速度。文件和套接字都算。'],
    causes: {
      growing: '离上限还远，但照这个速度很快就到。',
      near_limit: '已用去大半。',
      exhausted: 'accept()、connect() 和 open() 现在就在失败。',
    },
  },
  reset_storm: {
    name: 'reset_storm',
    also: 'RST 重置',
    summary: '很多连接不是正常关闭，而是以重置告终。',
    is: [
      '以半分钟左右为窗口，看内核各个[[rst|异常终止计数器]]的速率，与新建连接数相比。计数器属于整台主机，所以指不出是哪个进程。',
    ],
    causes: {
      unread_at_close: '程序没读完就关闭。',
      linger_zero: '程序用 SO_LINGER 0 结束连接。',
      data_after_close: '连接已关闭，对端还在发送。',
      timed_out: '定时器放弃：对端或线路已断。这时并不发 RST。',
      refused: '本机 connect() 的端口没有人监听。',
    },
  },
  conntrack_full: {
    name: 'conntrack_full',
    also: 'nf_conntrack 连接跟踪 表满',
    summary: '防火墙的连接表快满了。',
    is: ['把[[conntrack|连接跟踪]]的表项数与 nf_conntrack_max 相比，并看它的丢弃计数。'],
    causes: {
      nearly_full: '表已用去大半。',
      dropping: '新连接的包被丢弃，或者旧表项被挤掉。',
    },
  },
  half_open: {
    name: 'half_open',
    also: '半打开 死连接',
    summary: '对端悄无声息地没了。',
    is: [
      '在 [[ESTABLISHED]] 和 [[CLOSE_WAIT]] 里查找得不到确认的重传、没有应答的探测，每次观测还向内核询问一部分空闲连接。见[[half-open|半打开]]。',
    ],
    causes: {
      sending: '数据反复重发，得不到确认：证据很强。',
      probing: '探测没有应答：证据很强。',
      idle: '几小时没有动静，又没有 keepalive：只是怀疑，不打扰任何人。',
    },
  },
  zero_window: {
    name: 'zero_window',
    also: '零窗口 persist',
    summary: '一端不读，另一端就发不出去。',
    is: [
      '检查[[zero-window|窗口探测定时器]]在走、又有[[send-q|数据等着发]]的套接字，以及满了却没有人读的接收缓冲区。',
    ],
    causes: {
      peer_not_reading: '对端应答探测，窗口却一直关着。',
      not_reading: '本机程序任由接收缓冲区满着。',
    },
  },
  fin_wait_stuck: {
    name: 'fin_wait_stuck',
    also: 'FIN_WAIT1 FIN_WAIT2 滞留',
    summary: '本端先关闭，而关闭进行不下去。',
    is: [
      '检查数据或 FIN 得不到确认的 [[FIN_WAIT1]]，以及程序仍持有的 [[FIN_WAIT2]]。孤儿 FIN_WAIT2 不管：[[fin-wait2-timer|定时器]]会结束它。',
    ],
    causes: {
      undelivered: '数据或 FIN 反复重发，得不到确认。',
      window_closed: '对端窗口关着：本端在它读完之前就关闭了。',
      peer_not_closing: '对端不关闭，本机程序在无限期地等。',
    },
  },
  last_ack_stuck: {
    name: 'last_ack_stuck',
    also: 'LAST_ACK 滞留',
    summary: '双方都关闭了，本端的 FIN 却送不到。',
    is: ['检查 [[send-q|Send-Q]] 长时间得不到确认的 [[LAST_ACK]]。'],
    causes: {
      undelivered: 'FIN 或它之前的数据反复重发，没有结果。',
      window_closed: '对端不收 FIN 之前的数据。',
    },
  },
  closing_stuck: {
    name: 'closing_stuck',
    also: 'CLOSING 滞留 同时关闭',
    summary: '双方同时关闭，本端的 FIN 得不到确认。',
    is: ['检查停在 [[CLOSING]] 的套接字。这个状态很少见，同一端口上有几个就说明网络有问题。'],
    causes: {
      undelivered: '对端的 FIN 到了，本端的 FIN 却反复重发没有结果。',
      window_closed: '对端窗口关着，最后的数据过不去。',
    },
  },
  syn_sent_stuck: {
    name: 'syn_sent_stuck',
    also: 'SYN_SENT 连接超时 无应答',
    summary: 'connect() 得不到应答。',
    is: ['按目的地检查 SYN 已发过三次以上的 [[SYN_SENT]]。被拒绝会立刻有结果，不算在内。'],
    causes: {
      unanswered: '有什么把 SYN 悄悄丢了：防火墙、关机的主机，或已满的[[accept-queue|全连接队列]]。',
    },
  },
};
