import type { DetectorOptions } from '../../options.ts';

/** `enabled`, `severity` and `labels` are no thresholds. */
type Thresholds<O> = Exclude<keyof O, 'enabled' | 'severity' | 'labels' | 'for'>;
type SettingReasons = {
  readonly [D in keyof DetectorOptions]: Readonly<Record<Thresholds<DetectorOptions[D]>, string>>;
} & {
  readonly for: string;
};

/** What `reason` of a threshold says in English, in the configuration’s schema. */
const many = {
  minCount: '同一进程和端口上，与一个对端或合起来有这么多条才算警告；个别客户端掉线是常事。',
  minShare: '还要占从那里进来的连接的这个比例：繁忙的服务端随时都有几个不见了的客户端。',
};

export const settingReasonsZhCn: SettingReasons = {
  for: '问题持续多久才触发告警；一次发布或短暂的停顿到这时已经过去。',
  close_wait_leak: {
    minAge: '停留时间更短的 CLOSE_WAIT 不算：正常的程序几秒内就会关闭。',
    minCount: '同一进程到同一对端有这么多久留的套接字才算；少数几个往往只是连接池还没察觉。',
    criticalWithin: '按当前增速，进程在这段时间内就会用尽描述符时为 critical：叫醒人，还来得及处理。',
    criticalRatio: '描述符用到上限的这个比例时为 critical；到 1 时 `accept()` 和 `open()` 都会失败。',
  },
  time_wait_buildup: {
    warnRatio: '到同一目的地占用的端口与端口范围之比：过半之后，内核要找更久才能找到空闲端口。',
    criticalRatio: '占用比例同上；到 1 时 `connect()` 返回 EADDRNOTAVAIL，而没有计数器反映它。',
    tableRatio:
      'TIME_WAIT 数量与 `tcp_max_tw_buckets` 之比：超过上限后新的 TIME_WAIT 会被丢弃，迟到的报文段可能落到新连接上。',
    explainCount: '一个服务端口上的 TIME_WAIT 达到这个数量时给出解释。',
  },
  port_exhaustion: {
    warnRatio: '到同一目的地、未结束的连接，或只绑定的套接字，占用的端口与端口范围之比。',
    criticalRatio: '占用比例同上；到 1 时 `connect()` 或 `bind()` 失败，而没有计数器反映它。',
  },
  accept_queue_full: {
    warnRatio: '等待 `accept()` 的连接与队列容量之比：超出就会丢弃握手。',
    minWait: '有连接等了这么久，说明没有人在接受，不管队列多短。',
    minOverflows: '半分钟内溢出达到这个次数才报告突发；遇到一次溢出的客户端等一秒就能连上。',
  },
  syn_backlog: {
    warnRatio: '一个监听套接字上未完成的握手与 backlog 之比：超出后内核改发 cookie，或者丢弃。',
    minDrops: '没看到队列满时，半分钟内遇到队列满的请求达到这个数才算；少数几个只是一次突发。',
  },
  orphan_pressure: {
    warnRatio: '孤儿套接字与 `tcp_max_orphans` 之比：对端不回应或不收数据时，内核最多把一个算作四个。',
    criticalRatio: '占用比例同上；对端只是慢，一个也会算作两个。',
  },
  descriptor_exhaustion: {
    warnRatio: '进程打开的描述符与上限之比；到 1 时 `accept()`、`connect()` 和 `open()` 都会失败。',
    criticalRatio: '比例同上：再来一次突发就会失败。',
    growthRatio: '用到这个比例才判断增长：在此之下多半只是程序刚启动。',
    warnWithin: '按增速在这段时间内会用尽就报告：还来得及处理。',
  },
  reset_storm: {
    minPerSecond: '每秒以同一种重置结束的连接数；健康检查和扫描达不到。',
    minRatio: '占每秒新建连接的比例：繁忙的代理重置百分之几很正常。',
    minTimeoutsPerSecond: '对内核放弃的连接，用它代替 `minPerSecond`：每一条都意味着几分钟的沉默。',
    minWindow: '至少按这么长的时间计算速率；一次突发不算风暴。',
  },
  conntrack_full: {
    warnRatio: '跟踪的连接数与 `nf_conntrack_max` 之比；到 1 时新连接的包被丢弃，所有程序都受影响。',
    criticalRatio: '比例同上：再来一次突发就会丢包。',
  },
  half_open: {
    ...many,
    minAge: '这么久得不到任何确认，且重传已达 `tcp_retries1` 次；丢一个报文段几秒内就会补上。',
    minCount:
      '同一进程和端口上，与一个对端或合起来有这么多条才算警告；个别客户端掉线是常事。本端去连的服务，一条就算。',
    idleAfter:
      '这么久没有动静又没有 keepalive 的连接是可疑的：keepalive 自己的默认值（`tcp_keepalive_time`）。',
  },
  zero_window: {
    ...many,
    minAge: '窗口关了这么久，一个字节也没有取走；读得慢的对端会一次次重新打开。',
  },
  fin_wait_stuck: {
    ...many,
    minAge: '剩下的数据这么久得不到确认；孤儿套接字约 100 秒后被放弃。',
    minHalfClosedAge: '程序在 FIN_WAIT2 里等了这么久；有些应答确实要花时间。',
  },
  last_ack_stuck: {
    ...many,
    minAge: 'FIN 或它之前的数据这么久得不到确认；约 100 秒后被放弃。',
  },
  closing_stuck: {
    ...many,
    minAge: '对端的 FIN 已到，本端的 FIN 却这么久得不到确认。',
  },
  syn_sent_stuck: {
    minAge: '一个 SYN 和至少两次重发，这么久都没有应答；只丢一个的话，一秒后就有应答。',
    minCount: '到同一目的地有这么多次没有应答才算警告；邮件服务器和爬虫总会有一个。',
    minShare: '目的地很多时：要占该进程自己的连接的这个比例。',
  },
  tcp_memory_pressure: {},
};
