import type { TopicTexts } from './topic.ts';

export const limitsZhCn: TopicTexts<'limit'> = {
  'ephemeral-ports': {
    name: '临时端口',
    also: 'ip_local_port_range EADDRNOTAVAIL 端口耗尽 源端口',
    summary: 'connect() 从一个范围里取用的本地端口。',
    is: [
      '区分一条连接靠四样东西：两个地址、两个端口。所以这个范围是按（本地地址，对端地址，对端端口）分别计算的：到一个目的地 28,232 条，到下一个还有这么多。',
      '本端的 TIME_WAIT 也算在内。28,232 个端口 ÷ 60 秒，到同一目的地每秒约 470 条新连接。',
    ],
    linux: [
      '用尽时悄无声息：connect() 返回 EADDRNOTAVAIL，内核没有任何计数器增长。Halfclose 根据套接字算出来。',
      '用过一半之后，寻找空闲端口就会变慢。',
    ],
    act: [
      '复用连接。其次是增加目的地或源地址、放宽范围，客户端还可以设 tcp_tw_reuse = 1。',
      'connect() 之前调用了 bind()？见[[bound-only|只绑定]]。',
    ],
    myths: [
      [
        '“一台主机最多 65,535 条连接。”',
        '那是从一个地址到一个目的地。服务端的连接共用一个端口，没有这个限制。',
      ],
    ],
    shows: ['端口范围，以及被保留的部分。', '到某个目的端口的套接字数。'],
  },
  'descriptor-limit': {
    name: '描述符上限',
    also: 'ulimit nofile EMFILE 打开文件过多 RLIMIT_NOFILE',
    summary: '一个进程最多可以打开多少文件和套接字。',
    is: [
      '每个已 accept() 或正在连接的套接字占一个；[[TIME_WAIT]]、请求套接字，以及[[accept-queue|全连接队列]]里的不占。到了软上限，accept()、connect()、open() 都会返回 EMFILE。',
    ],
    look: ['只涨不落的增长。看是哪一种就知道原因：CLOSE_WAIT 说明少了 close()。'],
    act: ['systemd：`LimitNOFILE=`。运行中：`prlimit --pid PID --nofile=65536`。'],
    myths: [['“调大上限就治好了 CLOSE_WAIT 泄漏。”', '只是填满得慢一些，到时要清理的更多。']],
    linux: ['遇到 EMFILE，很多服务端会空转：监听套接字一直就绪，accept() 一直失败，身后的队列越积越满。'],
    shows: ['已使用的描述符。', '软上限和硬上限。'],
  },
  'time-wait-table': {
    name: 'TIME_WAIT 表',
    also: 'tcp_max_tw_buckets TCPTimeWaitOverflow',
    summary: '内核最多保留多少 TIME_WAIT：tcp_max_tw_buckets。',
    is: [
      '每个网络命名空间分别计数。超出之后，套接字不经 TIME_WAIT 就直接关闭，它本来要防的事就可能发生，见[[time-wait-2msl|2MSL]]。',
    ],
    linux: ['/proc/net/sockstat 的 tw 把孤儿 [[FIN_WAIT2]] 也算在内，所以比 TIME_WAIT 的数量多。'],
    look: ['TCPTimeWaitOverflow 在增长，而 TIME_WAIT 的数量停住不动。'],
    act: ['调高它：一个只占 168～256 字节。绝不要靠调低它来消灭 TIME_WAIT。'],
    shows: ['上限。', '没有经过 TIME_WAIT 就关闭的数量。'],
  },
  'orphan-limit': {
    name: '孤儿上限',
    also: 'tcp_max_orphans out of socket memory',
    summary: '内核容忍多少孤儿套接字：tcp_max_orphans。',
    is: [
      '每个[[orphan|孤儿]]占着一块发送缓冲区，64 kB 甚至更多，而且不能换出。超出上限后，内核立即重置它们，没发出去的数据就丢了。',
    ],
    linux: ['对端不应答或一直关着窗口的孤儿，一个会算作两个或四个。所以到上限的四分之一，麻烦就开始了。'],
    look: ['内核日志里的 “Out of socket memory”；TCPAbortOnMemory。'],
    act: ['找出谁在数据没发完时就关闭了连接，而客户端早已不在。调低 tcp_orphan_retries 可以早些了结它们。'],
    shows: ['TCP 一行里的 orphan。', '上限。'],
  },
  'tcp-memory': {
    name: 'TCP 内存',
    also: 'tcp_mem tcp_rmem tcp_wmem 内存压力 缓冲区',
    summary: '整台主机所有 TCP 缓冲区的内存：tcp_mem，以页计。',
    is: [
      '三个数：低于第一个，一切正常；高于第二个，内核开始缩减缓冲区（内存压力）；达到第三个，内核拒绝分配，并结束连接。所有网络命名空间合在一起算。',
    ],
    look: ['看是谁占着：程序不读，[[recv-q|Recv-Q]] 就长；对端不读，[[send-q|Send-Q]] 就长。'],
    act: ['治好不读的那一方，或限制每个套接字的缓冲区。内存确实有富余，才调高 tcp_mem。'],
    shows: ['mem 以 4 KiB 的页计。', '三个界限，以页计。'],
  },
  'syn-cookies': {
    name: 'SYN cookie',
    also: 'tcp_syncookies SYN 洪泛',
    summary: '不占内存的 SYN 应答。',
    is: [
      '服务端把要记住的东西编进自己的序号，随即忘掉这个 SYN；客户端的 ACK 会把它带回来。伪造来源的 SYN 再多，也填不满什么。',
    ],
    linux: [
      'tcp_syncookies = 1：[[syn-queue|半连接队列]]满时使用。2：总是使用，供测试。0：从不使用，SYN 直接丢弃。',
      '代价：没有时间戳时，会失去窗口缩放和选择确认。',
    ],
    look: [
      'SyncookiesSent 增长而 SyncookiesRecv 不动：洪泛攻击。两者一样多：是真实客户端，而 backlog 太短。',
    ],
    act: ['保持为 1。真实客户端都遇到 cookie 了，就调大 backlog。'],
    shows: ['当前设置。', '发出的 cookie，和回来的 cookie。'],
  },
  conntrack: {
    name: '连接跟踪',
    also: 'nf_conntrack netfilter NAT 表满 丢包 conntrack',
    summary: '防火墙自己的连接表。',
    is: [
      'netfilter 为有状态规则和 NAT 记住每条连接，容器的流量大多要经过它。达到 nf_conntrack_max 后，新连接的包会被丢弃，主机上所有程序都受影响。',
    ],
    linux: [
      '它有自己的状态和超时：ESTABLISHED 5 天，TIME_WAIT 120 秒，CLOSE_WAIT 60 秒。因此表项可能先于套接字消失，之后这条连接的包被视为无效，[[half-open|半打开]]就这样产生。',
    ],
    look: ['内核日志里的 “nf_conntrack: table full, dropping packet”。'],
    act: [
      '调高 nf_conntrack_max；缩短 nf_conntrack_tcp_timeout_established，但不要短于 [[keepalive]]；或让繁忙的端口不经跟踪（notrack）。',
    ],
    shows: ['当前数量和上限。', '按 CPU 统计：drop、early_drop、insert_failed。'],
  },
};
