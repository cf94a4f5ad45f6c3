import type { CommandTexts } from './commands.ts';

export const zhCN: CommandTexts = {
  noSilences: '没有静默。',
  silenceAdded: (id, until) => `静默 ${id} 已生效，截止 ${until}。`,
  silenceEnded: (id) => `静默 ${id} 已结束。`,
  silence: { from: '开始', until: '截止', ended: '已结束于', by: '创建人' },
  noReceivers: '没有配置接收方：告警不会通知任何人。',
  neverTold: '尚未发送过',
  outcome: {
    delivered: '已送达',
    retry: '发送失败，稍后重试',
    refused: '被拒收',
    gave_up: '已放弃',
  },
  lastDelivered: '上次送达',
  waiting: (groups) => `${groups} 条消息在等待`,
  tested: { delivered: '已送达', retry: '发送失败，稍后也许能成功', refused: '被拒收' },
  took: (seconds) => `用时 ${seconds} 秒`,
  sent: '发送内容：',
  answered: '对方答复：',
  noAnswer: '对方没有答复。',
};
