import type { NotificationTexts } from './notification.ts';

export const notificationZhCn: NotificationTexts = {
  resolved: '已恢复',
  summary: (firing, resolved, group) =>
    `${[firing > 0 && `${firing} 条触发中`, resolved > 0 && `${resolved} 条已恢复`].filter(Boolean).join('，')}：${group}`,
  single: (severity, instance, title) => `${severity}（${instance}）：${title}`,
  heading: (severity, title) => `${severity}：${title}`,
  test: (title) => `【测试】${title}`,
  testExplained: '这是有人让 Halfclose 发送的测试消息，内容是虚构的。',
  since: (at) => `开始于 ${at}`,
  lasted: (from, to, duration) => `${from} 至 ${to}（${duration}）`,
  advice: (advice) => `怎么办：${advice}`,
  more: (count) => `……另有 ${count} 条`,
  open: '打开仪表盘',
  between: '，',
};
