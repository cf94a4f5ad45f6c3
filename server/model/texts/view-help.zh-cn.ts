import type { ViewHelpTexts } from './view-help.en.ts';

export const viewHelpZhCn: ViewHelpTexts = {
  heading: '快捷键',
  close: '关闭',
  keys: [
    ['g o', '总览；g s、g p、g a、g l 依次为其他视图'],
    ['/', '转到当前视图的搜索或筛选框'],
    ['Esc', '清除筛选；关闭打开的面板'],
    ['↑ ↓ Enter', '在表格的行间移动；打开一行'],
    ['Space', '暂停或继续刷新套接字表'],
    ['+ − ← →', '在曲线上：缩放、移动；Shift 加 ← → 指向某一点，Enter 转到那一时刻，0 复位'],
    ['Tab', '依次走过状态、问题和表格行'],
    ['?', '显示本帮助'],
  ],
  filterHeading: '筛选',
  filterIntro: '沿用 ss 的语法，并有所扩展：',
  filterWords: [
    ['state close-wait', '状态；也可用 connected、synchronized'],
    ['src 10.0.0.0/8', '本端地址，可带 :端口；dst 为对端'],
    ['sport = :443', '本端端口；dport 为对端'],
    ['process = "nginx"', '还有 pid、uid、inode'],
    ['unit = nginx.service', '还有 container（容器 ID）、netns（名称）'],
    ['age > 60s', '处于当前状态的时长'],
    ['recvq > 0', '未读字节数；sendq 为未确认字节数'],
    ['and or not ( )', '组合条件'],
  ],
  agesHeading: '时长',
  ages: '≥ 表示下限：在 Halfclose 首次看到之前，套接字就已处于该状态。',
};
