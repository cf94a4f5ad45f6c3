import type { ViewListenersTexts } from './view-listeners.en.ts';

export const viewListenersZhCn: ViewListenersTexts = {
  filter: '筛选',
  placeholder: '进程、地址、端口、单元、容器或命名空间',
  clear: '清除',
  nothingFits: (typed) => `没有任何一项包含“${typed}”。`,
  waiting: '还没有观测结果，稍等一两秒。',
  sortBy: (column) => `按${column}排序`,
  details: (of) => `${of} 的详情`,
  inNamespace: (netns) => `命名空间 ${netns}`,
  past: (time) => `${time} 的列表没有保存，只有曲线和问题可以回看。下面列出的是现在的情况。`,

  listeners: {
    heading: '监听',
    intro:
      '握手完成的连接先进全连接队列（accept 队列），等程序调用 accept() 取走。队列一满，新的握手就无法完成，客户端只能等待并重试。',
    columns: {
      address: '地址',
      port: '端口',
      process: '进程',
      queue: '全连接队列',
      history: '最近一小时',
      connections: '连接',
    },
    count: (_count, text) => `${text} 个地址`,
    queue: (waiting, max) => `${waiting} / ${max}`,
    queueMaxUnknown: (waiting) => `${waiting} 个等待`,
    queueNote: '/proc 不提供队列上限，sock_diag 才有。',
    full: '已满',
    peak: (peak) => `峰值 ${peak}`,
    peakMeaning: (peak) => `最近一小时内，同时等待的最多有 ${peak} 个`,
    notRecorded: '没有记录：历史只保存最长的一百个队列。',
    times: (count) => `×${count}`,
    sharedPort: '共用这个地址和端口的监听套接字（SO_REUSEPORT）；显示其中最满的队列。',
    processUnknown: '未知',
    shown: (from, to, total) => `第 ${from}–${to} 个，共 ${total} 个`,
    next: '下一页',
    previous: '上一页',
    capped: (listed, total) =>
      `共有 ${total} 个监听套接字，这里是队列最长的 ${listed} 个。全部都在套接字表格里。`,
    capLink: '查看全部',
    none: '没有监听：这台主机上没有程序接受 TCP 连接。',
    loading: '正在查询监听…',
    failed: (reason) => `列表读取失败：${reason}。每隔几秒会自动重试。`,
    stale: '观测进程没有应答；下面是它最后一次给出的列表。',
    overTime: '全连接队列的变化',
    line: { queue: '等待数', max: '上限' },
    connections: '经它建立的连接',
    noConnections: '目前没有。',
    overflows: '溢出',
    overflowing: (rate) => `目前每秒 ${rate} 次。`,
    overflowed: (_count, text) => `最近一小时内，连接有 ${text} 次遇到队列已满（ListenOverflows）。`,
    noOverflows: '最近一小时内，没有连接遇到队列已满（ListenOverflows 没有增加）。',
    overflowsUnknown: '最近一小时的次数没有记录。',
    overflowsWhose: '内核按网络命名空间计数，不区分是哪个监听套接字。',
    overflowsOfAll: '内核按网络命名空间计数，不区分是哪个监听套接字；一小时的次数是所有命名空间合计。',
    maximum: (somaxconn) =>
      `上限取程序传给 listen() 的值，但不会超过 net.core.somaxconn（这里是 ${somaxconn}）。`,
    adviceFull:
      '队列已满。先让程序更快地 accept：增加线程，或减少两次 accept() 之间的工作；再同时调高 listen() 的 backlog 和 net.core.somaxconn。',
    adviceWaiting: '有连接在等待。等几毫秒是正常的；一直不空，说明程序没有在 accept。',
    showConnections: '查看这些连接',
    showSockets: '查看监听套接字',
    showProcess: '查看该进程的全部套接字',
  },

  ports: {
    heading: '各目的地占用的本地端口',
    intro:
      '本机每发起一条连接，就要占用一个本地端口；本地地址、远端地址、远端端口三者相同的连接共用一份端口。端口用尽时 connect() 以 EADDRNOTAVAIL 失败，而内核没有任何计数器反映这一点。',
    columns: {
      destination: '目的地',
      source: '源地址',
      used: '已用端口',
      timeWait: 'TIME_WAIT',
      forecast: '何时用尽',
    },
    range: (low, high, reserved, usable) =>
      reserved === '0'
        ? `到每个目的地有 ${usable} 个端口可用：${low} 到 ${high}。`
        : `到每个目的地有 ${usable} 个端口可用：${low} 到 ${high}，去掉保留的 ${reserved} 个。`,
    rangeUnknown: '这里读不到端口范围，因此算不出占用比例。',
    rangeSource:
      '由 net.ipv4.ip_local_port_range 减去 net.ipv4.ip_local_reserved_ports 得出；每个网络命名空间各有一份。',
    rangeOf: (netns) => `命名空间 ${netns}：`,
    use: (used, usable) => `${used} / ${usable}`,
    useUnknown: (used) => `已用 ${used}`,
    legend: { held: '打开或正在关闭', timeWait: 'TIME_WAIT', free: '空闲' },
    notSoon: '–',
    notSoonMeaning: '没有预测：用得不多，或者没有增长。',
    none: '没有目的地占用临时端口：这里没有程序发起过连接。',
    capped: (count) => `这里是用得最满的 ${count} 个目的地，可能还有别的。`,
    overTime: '端口占用的变化',
    line: { used: '已用', timeWait: '其中 TIME_WAIT' },
    recorded: '历史只保存最满的十个目的地。',
    usable: '可用',
    who: '谁在用',
    nobody: '无进程',
    learn: '什么是临时端口',
    sockets: (_count, text) => `${text} 个套接字`,
    asking: '查询中…',
    advice: '处理建议',
    adviceRoom: '不用处理，余量充足。如果将来吃紧：保持连接并复用；增加目的地址或源地址；或者放宽端口范围。',
    adviceTimeWait:
      '大部分处于 TIME_WAIT，60 秒后自行释放。保持连接并复用；net.ipv4.tcp_tw_reuse = 1 可以让 connect() 更早用上这样的端口。',
    adviceHeld: '大部分被尚未结束的连接占着。给建立这些连接的连接池设上限，并让空闲连接到期关闭。',
    showSockets: '查看相关套接字',
  },

  namespaces: {
    heading: '网络命名空间',
    columns: { name: '命名空间', processes: '进程', sockets: '套接字', read: '读取' },
    kinds: {
      host: 'Halfclose 所在的命名空间',
      named: '由 ip netns 命名',
      container: '属于一个容器',
      pod: '属于一个 Pod',
      unit: '属于一个 systemd 单元',
      unnamed: '没有名称；显示的是 inode，与 lsns 一致',
    },
    notRead: '尚未读取',
    read: (source, ago) => `${ago}前，由 ${source} 读取`,
    failed: (error) => `读取失败：${error}`,
    incomplete: '最近一次读取漏掉了一些套接字。',
    more: (count) => `还有 ${count} 个，套接字更少`,
  },

  owners: {
    heading: '套接字属于谁',
    gaps: {
      none: (_count, text) => `${text} 个套接字知道属于哪个进程。`,
      kernel: (_count, text) =>
        `${text} 个已经不属于、或还不属于任何进程：TIME_WAIT、孤儿和握手中的连接归内核管。`,
      accept_queue: (_count, text) => `${text} 个还在等待 accept，算在监听的进程名下。`,
      permission: (_count, text) => `${text} 个属于 Halfclose 无权读取描述符的进程。`,
      not_found: (_count, text) => `${text} 个不被这里能看到的任何进程持有；可能属于另一个 pid 命名空间。`,
      pending: (_count, text) => `${text} 个是上次读取描述符之后才出现的，稍等即可。`,
    },
    lacking: (capability, _count, text) =>
      `缺少 ${capability}，因此看不到 ${text} 个进程。请给 Halfclose 授予该权限能力，或以 root 运行。`,
    deniedAlthoughHeld: (_count, text) =>
      `有 ${text} 个进程读不到，但并不缺少权限能力：是用户命名空间或安全模块不允许。`,
    hidden: '这里看不到其他用户的进程：/proc 以 hidepid 挂载，或者只显示自己的 pid 命名空间。',
  },
};
