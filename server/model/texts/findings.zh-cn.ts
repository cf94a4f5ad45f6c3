import { closeWaitLeakZhCn } from './findings.close-wait-leak.zh-cn.ts';
import { timeWaitBuildupZhCn } from './findings.time-wait-buildup.zh-cn.ts';
import { formatFor, type FindingTexts } from './findings.ts';

export const findingsZhCn: FindingTexts = {
  format: formatFor('zh-CN', { day: ' 天', hour: ' 小时', minute: ' 分钟', second: ' 秒' }, ' '),
  describe: { close_wait_leak: closeWaitLeakZhCn, time_wait_buildup: timeWaitBuildupZhCn },
  causes: {
    close_wait_leak: {
      never_accepted: '未被 accept()',
      unread_data: '数据未读',
      fin_unread: 'FIN 未读',
      drained: '缺少 close()',
    },
    time_wait_buildup: {
      client_ports: '目标端口余量不足',
      serving_side: '服务端侧，无害',
      table_full: 'TIME_WAIT 表已满',
    },
  },
  evidence: {
    neverAccepted: '未被 accept()',
    unreadData: '数据未读',
    finUnread: 'FIN 未读',
    drained: '已读完，未关闭',
    younger: '时间尚短，未计入',
    minAgeSeconds: '计入的最短停留时间',
    peers: '对端数',
    recvQueueBytes: '接收队列字节数',
    ownerGap: '进程未知的原因',
    descriptorsUsed: '已打开的描述符',
    descriptorLimit: '描述符上限',
    acceptQueue: '全连接队列中等待',
    acceptQueueMax: '全连接队列上限',
    growthPerMinute: '每分钟增长',
    growthWindowSeconds: '增长的统计时长',
    growing: '持续增长',
    portsUsed: '已占用的本地端口',
    portsUsable: '可用的本地端口',
    usedRatio: '占用比例',
    timeWait: 'TIME_WAIT',
    established: 'ESTABLISHED',
    connectionsPerSecond: '每秒新建连接（估算）',
    timeWaitReuse: 'tcp_tw_reuse',
    process: '进程',
    pid: 'PID',
    bytesAtLeast: '内核内存（至少）',
    bytesAtMost: '内核内存（至多）',
    maxTimeWait: 'tcp_max_tw_buckets',
    overflowPerSecond: '每秒溢出次数',
  },
  severities: { info: '提示', warning: '警告', critical: '严重' },
};
