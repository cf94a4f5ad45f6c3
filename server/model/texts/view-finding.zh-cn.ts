import type { ViewFindingTexts } from './view-finding.en.ts';

export const viewFindingZhCn: ViewFindingTexts = {
  back: '总览',
  loading: '正在查询这个问题…',
  unknown: '没有关于这个问题的记录',
  unknownWhy: '现在没有这个问题，也没有它的记录：可能已过保留期，或者地址不完整。',
  unreachable: 'Halfclose 没有应答；下一次观测时会再问。',
  failed: (reason) => `读不出它的记录：${reason}`,
  toOverview: '查看现在有哪些问题',
  toAlerts: '查看以往的告警',

  ended: (lastSeen) => `已经结束：最后一次见到是 ${lastSeen}。`,
  endedAs: (seen) => `以下是 ${seen} 最后一次记录的样子。`,
  notThen: (moment) => `${moment} 时没有这个问题。`,
  asOf: (moment) => `${moment} 时的样子。`,
  nextAt: (moment) => `查看 ${moment} 时的样子`,
  toNow: '查看现在',

  since: (time, duration) => `自 ${time} 起，已 ${duration}`,
  lasted: (from, to, duration) => `${from} 至 ${to}，历时 ${duration}`,
  ladder: '两端之间发生了什么',
  ladderOne: (count) => (count === '1' ? '画的就是这条连接。' : `画的是 ${count} 条连接中停得最久的一条。`),
  ladderAny: '画的是其中每一条的经过。',
  terms: '各状态的含义：',
  noLadder: '这个问题说的是整台主机，不是两端之间的往来，因此没有时序图。',
  trend: '走势',
  trendOf: (what) => `${what}的走势`,
  trendCount: '套接字',
  limitAt: (max) => `上限 ${max}`,
  sockets: (shown, some) =>
    shown === 1
      ? some
        ? '其中一个套接字'
        : '涉及的套接字'
      : some
        ? `其中 ${shown} 个套接字，停得久的在前`
        : `涉及的 ${shown} 个套接字，停得久的在前`,
  noSockets: '它是从内核的计数器看出来的，没有对应的套接字。',
  socketsGone: '过去时刻的套接字，只随告警的证据保留。',
  allSockets: '查看涉及的套接字',
  advice: '处理建议',
  shell: '在终端里',
  filter: '用作本页面的筛选条件',
  evidence: '证据',
  relations: '来龙去脉',
  follows: '它的起因',
  consequences: (count) => `由它引起的 ${count} 个问题`,

  alert: '告警',

  alertNow: '现在的告警',
  noAlert: '没有告警：“提示”级别的问题不打扰任何人。',
  noAlertYet: '目前没有它的告警。',
  pendingSince: (time) => `${time} 起待触发：要再持续一阵才会通知。`,
  firingSince: (time) => `${time} 起触发：已通知配置好的接收方。`,
  resolvedAt: (time) => `${time} 恢复。`,
  acknowledgedBy: (author, time) => `${author} 自 ${time} 起在处理。`,
  silenced: (count) => `有 ${count} 条静默对它生效。`,
  quiet: '正处于免打扰时段：暂不通知。',
  acknowledge: '认领',
  withdraw: '取消认领',
  silence: '静默',
  seeAlert: '查看告警',
  stored: '留存的证据',
  storedHint: '开始触发时看到的：最多 500 个套接字、它们属于谁，以及之前的十分钟。',
  storedOf: (time) => `${time} 触发时`,
  page: '网页（HTML）',
  json: 'JSON',
  before: '以往',
  beforeHint: '在保留期限内，它以前出现的时段。',
  stood: (from, duration) => `${from}，历时 ${duration}`,
};
