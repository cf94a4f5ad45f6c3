import { detectorsZhCn } from './learn/detectors.zh-cn.ts';
import { flagsZhCn } from './learn/flags.zh-cn.ts';
import { lifeZhCn } from './learn/life.zh-cn.ts';
import { limitsZhCn } from './learn/limits.zh-cn.ts';
import { queuesZhCn } from './learn/queues.zh-cn.ts';
import { seeingZhCn } from './learn/seeing.zh-cn.ts';
import { settingReasonsZhCn } from './learn/settings.zh-cn.ts';
import { simulatorZhCn } from './learn/simulator.zh-cn.ts';
import { stateTopicsZhCn } from './learn/states.zh-cn.ts';
import { timersZhCn } from './learn/timers.zh-cn.ts';
import type { ViewLearnTexts } from './view-learn.en.ts';

export const viewLearnZhCn: ViewLearnTexts = {
  title: '学习',
  lead: 'TCP 连接如何建立、存续和结束，Linux 又是怎么做的。每个主题半分钟读完。',
  search: '搜索',
  searchHint: '状态、参数、错误码……',
  noMatch: (words) => `没有名为“${words}”的主题。`,
  index: '主题',
  showIndex: '全部主题',
  kinds: {
    life: '连接的一生',
    state: '状态',
    flag: '标志位',
    timer: '定时器',
    queue: '队列',
    limit: '上限',
    seeing: '如何观察',
    detector: '检测器',
  },
  unknown: (topic) => `没有“${topic}”这个主题。`,
  nearest: '是不是要找：',
  neighbours: '前后主题',
  previous: '上一个',
  next: '下一个',
  sections: {
    turn: '轮到谁了？',
    end: '如何结束',
    normal: '正常情况',
    worry: '何时要担心',
    linux: 'Linux 的做法',
    look: '看什么',
    act: '怎么办',
    myths: '常见误解',
    see: '自己看一看',
    causes: '能区分的原因',
    settings: '阈值',
    sources: '出处',
    related: '相关检测器',
    kernel: '本机的设置',
  },
  now: {
    title: '本机现在',
    waiting: '还没有收到服务端的数据。',
    stale: '最后一次看到：',
    none: '一个也没有。',
    count: (_n, count) => `${count} 个套接字`,
    oldest: (age) => `最久的已有 ${age}`,
    oldestAtLeast: (age) => `最久的至少 ${age}`,
    show: '查看这些套接字',
    findings: (_n, count) => `${count} 个问题`,
    noFindings: '没有发现问题。',
    unknown: '未知',
  },
  settings: {
    key: '键',
    value: '当前',
    fallback: '默认',
    reason: '决定什么，以及为什么',
    loading: '正在加载阈值……',
    failed: '阈值加载失败。',
    tryAgain: '重试',
    off: '这个检测器已关闭。',
    severity: (severity) => `它发现的问题一律定为 ${severity}。`,
    changed: '已修改',
  },
  kernel: {
    ports: (low, high) => `${low}～${high}`,
    keepalive: (time, interval, probes) => `${time}后开始，每 ${interval}探测一次，共 ${probes} 次`,
    seconds: (duration) => duration,
    pages: (low, pressure, high) => `${low} / ${pressure} / ${high} 页`,
  },
  reason: (detector, key) => {
    if (key === 'for') return settingReasonsZhCn.for;
    return (settingReasonsZhCn[detector] as Readonly<Record<string, string>>)[key] ?? null;
  },
  simulator: simulatorZhCn,
  topics: {
    life: lifeZhCn,
    state: stateTopicsZhCn,
    flag: flagsZhCn,
    timer: timersZhCn,
    queue: queuesZhCn,
    limit: limitsZhCn,
    seeing: seeingZhCn,
    detector: detectorsZhCn,
  },
};
