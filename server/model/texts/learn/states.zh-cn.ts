import { statesZhCn } from '../states.zh-cn.ts';
import { stateTopic, type TopicTexts, type TopicText } from './topic.ts';
import type { State } from '../../state.ts';

const state = (name: State, more: Parameters<typeof stateTopic>[2]): TopicText =>
  stateTopic(name, statesZhCn, more);

export const stateTopicsZhCn: TopicTexts<'state'> = {
  LISTEN: state('LISTEN', {
    also: '监听 端口 服务端',
    linux: [
      'Recv-Q 是等待 accept() 的连接数，Send-Q 是最多允许等待的数量，见[[accept-queue|全连接队列]]。',
      '监听套接字关闭时，还在等待的连接会被重置；已经 accept() 的不受影响。',
    ],
    act: ['没有监听的端口会用 [[rst|RST]] 回应 SYN：客户端得到 ECONNREFUSED。'],
    shows: ['监听套接字、它们的队列和所属进程。'],
  }),
  SYN_SENT: state('SYN_SENT', {
    also: '正在连接 连接超时 connect',
    linux: [
      'SYN 每秒重发一次，几次之后越来越慢（Linux 6.5 以前是 1、3、7 秒）；约两分钟后 connect() 返回 ETIMEDOUT。',
    ],
    act: [
      '在本机试一下：`nc -vz HOST PORT`。立刻被拒绝反而是好消息：主机在。',
      '在程序里设几秒的连接超时，没有人愿意等两分钟。',
    ],
    shows: ['正在进行的连接尝试、所属进程和重发次数。'],
  }),
  SYN_RECV: state('SYN_RECV', {
    also: '半连接 握手',
    is: ['它只是一个很小的请求，不占描述符，见 [[NEW_SYN_RECV]]。'],
    linux: [
      'SYN+ACK 由[[syn-ack-timer|定时器]]重发。[[syn-queue|半连接队列]]满了，就由 [[syn-cookies|SYN cookie]] 接手。',
    ],
    act: ['数量多、来源分散：是洪泛攻击，保持 SYN cookie 打开。集中来自一个网段：回程的路断了。'],
    shows: ['等待最后一个 ACK 的握手及其定时器。'],
  }),
  ESTABLISHED: state('ESTABLISHED', {
    also: '已建立 已连接',
    linux: ['没有在途数据、又没开 [[keepalive]] 时，不会有任何定时器：可以安静地待上几年。'],
    act: [
      '它好不好，看队列和定时器：[[send-q|Send-Q]]、[[recv-q|Recv-Q]]、[[retransmission-timer|重传定时器]]、[[zero-window|零窗口]]。',
    ],
    myths: [
      [
        '“ESTABLISHED 说明对端还在。”',
        '只说明还没有收到相反的消息。对端可能早就没了，见[[half-open|半打开]]。',
      ],
    ],
    shows: ['已建立的连接，带定时器和内核的测量值。'],
  }),
  FIN_WAIT1: state('FIN_WAIT1', {
    also: 'FIN-WAIT-1',
    linux: [
      '发送队列里 FIN 排在数据之后：对端[[zero-window|窗口关着]]的时候，FIN 连发都发不出去。',
      '没有程序持有之后就成了[[orphan|孤儿]]：得不到确认的，约 100 秒后放弃。',
    ],
    look: ['Send-Q 为 1，剩下的只是 FIN；更大，则是对端没有收走的数据。'],
    act: ['查清谁在对端读完之前就关闭了，以及对端到底还在不在。'],
    shows: ['看定时器：“on” 是重传，“persist” 是在询问窗口。'],
  }),
  FIN_WAIT2: state('FIN_WAIT2', {
    also: 'FIN-WAIT-2 半关闭',
    linux: [
      'close() 之后：60 秒（[[fin-wait2-timer|tcp_fin_timeout]]）后悄然消失，内核只留一个小型套接字。',
      'shutdown() 之后：没有期限，程序在等应答的其余部分。',
    ],
    act: ['对端那里有对应的 [[CLOSE_WAIT]]：问题出在对端程序。本端可以在 shutdown() 之后给读操作设超时。'],
    shows: ['有定时器的会自行结束；没有的，还被程序持有。'],
  }),
  CLOSING: state('CLOSING', {
    also: '同时关闭',
    look: [
      '停留不去：对端的 FIN 到了，本端的 FIN 却过不去。常见的原因是防火墙在第一个 FIN 之后就丢掉了这条连接。',
    ],
    shows: ['以及将会结束它的重传定时器。'],
  }),
  TIME_WAIT: state('TIME_WAIT', {
    also: '2MSL TIME-WAIT tcp_tw_reuse tcp_tw_recycle tcp_fin_timeout',
    is: [
      '它有两个任务：最后一个 ACK 丢了，可以再答一次；让旧报文段在网络中消失。见 [[time-wait-2msl|2MSL]]。',
    ],
    linux: [
      '只是一个 168～256 字节的小型套接字，不占描述符，不属于任何进程。',
      '`tcp_tw_reuse` = 1 允许 connect() 复用一秒以上的 TIME_WAIT 端口（需开启时间戳），只对客户端有用。',
    ],
    look: ['作为客户端：到同一目的地用了多少端口，占可用范围多大，见[[ephemeral-ports|临时端口]]。'],
    act: ['多半什么也不用做。要做，先复用连接；再增加目的地或源地址；最后才是放宽端口范围。'],
    myths: [
      ['“TIME_WAIT 太多会拖慢服务器。”', '十万个也就占 25 MB 左右；在监听端口上，它们不妨碍任何事。'],
      ['“调低 tcp_fin_timeout。”', '它管的是孤儿 [[FIN_WAIT2]]。TIME_WAIT 固定为 60 秒，写死在内核里。'],
      ['“打开 tcp_tw_recycle。”', '它会让 NAT 后面的客户端连不上，自 Linux 4.12 起已不存在。'],
      [
        '“调低 tcp_max_tw_buckets。”',
        '那样套接字会跳过 TIME_WAIT，迟到的报文段可能闯进新连接。应当[[time-wait-table|调高]]。',
      ],
    ],
    shows: ['以及各自剩余的秒数。', '一共有多少个。'],
  }),
  CLOSE_WAIT: state('CLOSE_WAIT', {
    also: '泄漏 描述符 CLOSE-WAIT 没有关闭 未关闭',
    linux: [
      '没有定时器，也没有可调的参数。',
      '开了 [[keepalive]] 的，几小时后探测可能换来一个 RST，套接字变成 [[CLOSE]]；但描述符依然开着。',
    ],
    look: [
      'Recv-Q 为 0：数据都读完了，只差 close()，是泄漏。',
      'Recv-Q 为 1：只有 FIN 没读。没有人在看这个套接字：空闲的连接池，或线程阻塞。',
      'Recv-Q 大于 1：数据一直没读，程序在此之前就卡住了。',
      '没有进程、Recv-Q 大于 0：从未被 accept()，见[[accept-queue|全连接队列]]。',
    ],
    act: ['每条路径都要关闭：read() 返回 0 之后、出错之后、超时之后。重启能释放它们，但治不了病。'],
    myths: [
      ['“有个 sysctl 可以调。”', '没有。`tcp_fin_timeout` 和 `tcp_keepalive_*` 管的都是别的事。'],
      ['“把 ulimit -n 调大。”', '只是推迟那一天。泄漏会填满任何上限，见[[descriptor-limit|描述符上限]]。'],
    ],
    shows: ['Recv-Q 说明原因，并能看到所属进程。', '某个进程打开的描述符数。'],
  }),
  LAST_ACK: state('LAST_ACK', {
    also: 'LAST-ACK',
    linux: [
      'close() 之后它是[[orphan|孤儿]]：约 100 秒得不到确认就放弃，直接结束，不发 RST。',
      '只 shutdown() 的仍由程序持有，按 tcp_retries2 计。',
    ],
    look: ['Send-Q 大于 1：FIN 前面还有数据，而先关闭的对端不再接收。'],
    act: ['对端若已完全关闭，会回 RST，它随即结束。毫无应答的话，对端已经消失，或被防火墙丢弃。'],
    shows: ['以及重传定时器和重传次数。'],
  }),
  CLOSE: state('CLOSE', {
    also: 'CLOSED 未连接',
    linux: ['`ss` 里叫 UNCONN。[[bound-only|只绑定]]的套接字也归在这里。'],
    look: ['连接被重置后，程序仍持有描述符，直到调用 close()：套接字已关闭，描述符还没有。'],
    shows: ['没有连接的套接字及其进程。'],
  }),
  NEW_SYN_RECV: {
    name: 'NEW_SYN_RECV',
    also: '请求套接字 半连接 TCP_NEW_SYN_RECV 12',
    summary: '内核内部对“握手进行中”的叫法',
    is: [
      '每收到一个 SYN，Linux 先建一个很小的请求套接字，处于状态 12，即 TCP_NEW_SYN_RECV；最后一个 ACK 到达时才建完整的套接字。Halfclose 和 `ss` 一样，把两者都算作 [[SYN_RECV]]。',
    ],
    linux: [
      '请求套接字没有 inode、没有进程、没有队列，它的定时器负责重发 SYN+ACK。',
      '真正的状态 3（SYN_RECV）只在双方同时发起连接，或使用 TCP Fast Open 时出现。',
    ],
    shows: ['请求套接字：Recv-Q 和 Send-Q 总是 0。'],
  },
  'bound-only': {
    name: '只绑定',
    also: 'BOUND_INACTIVE bind 13 CLOSE 未连接',
    summary: '占着端口、却没有连接的套接字',
    is: [
      '程序调用了 bind()，之后既没有 connect() 也没有 listen()，但端口照样被占着。/proc/net/tcp 和普通的 `ss` 里看不到它，sock_diag 用状态位 13 才能看到。Halfclose 把它算作 [[CLOSE]]。',
    ],
    look: [
      'connect() 之前先 bind() 端口 0，拿到的端口对所有目的地都占用：整台主机一共只有约 28,000 个，而不是每个目的地各有这么多。',
    ],
    act: ['去掉 bind()，或在它之前设置 `IP_BIND_ADDRESS_NO_PORT`：端口留到 connect() 时按目的地选取。'],
    shows: ['只绑定的套接字及其进程（需要 2024 年以后的 `ss`）。'],
  },
};
