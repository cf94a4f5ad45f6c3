import type { TerminalTexts } from './terminal.ts';

export const terminalZhCn: TerminalTexts = {
  heading: (sockets, host, duration) =>
    `Halfclose 观察了 ${host} 上的 ${sockets} 个 TCP 套接字，共 ${duration}。`,
  verdict: (critical, warning) =>
    [critical > 0 && `${critical} 个严重问题`, warning > 0 && `${warning} 个警告`].filter(Boolean).join('，'),
  nothing: '就目前所见，一切正常。',
  fields: {
    process: '进程',
    why: '原因',
    evidence: '证据',
    certainty: '把握',
    sockets: '套接字',
    advice: '怎么办',
    command: '查看命令',
  },
  certainty: {
    certain: '确定：内核给出的数字没有别的解释',
    strong: '很大：种种迹象都指向它',
    suspect: '只是怀疑：没有问题时看上去也是这样',
  },
  pid: (pid) => `PID ${pid}`,
  separator: ' · ',
  colon: '：',
  yes: '是',
  no: '否',
  perSecond: (count) => `每秒 ${count}`,
  perMinute: (count) => `每分钟 ${count}`,
  example: ({ state, ageExact }, local, remote, age) =>
    `${state} ${local} → ${remote}，${ageExact ? '' : '至少 '}${age}`,
  more: (count) => `另有 ${count} 个`,
  follows: () => '由它引起：',
  toWatch: '值得留意',
  letPass: '看过，没有问题',
  undecided: '还不能下结论',
  undecidedDetectors: (names, watched, flag) =>
    `${names}：只看了 ${watched}，没有更多发现不等于没有问题。用 ${flag} 就够了。`,
  undecidedNamespaces: (names) => `这些网络命名空间还不能下结论：${names}。`,
  unseen: '看不到的',
  unseenBecause(unseen, format) {
    switch (unseen.what) {
      case 'processes': {
        const lacking = unseen.missing
          .map(({ capability, processes }) => `${capability}（${format.number(processes)} 个进程）`)
          .join('和 ');
        return `${format.number(unseen.sockets)} 个套接字的进程：需要 ${lacking}。请以 root 运行（sudo），或者用 setpriv、setcap 授予这些能力。`;
      }
      case 'denied_processes':
        return `有 ${format.number(unseen.processes)} 个进程读不到，但并不缺少能力：是用户命名空间或安全模块禁止的。`;
      case 'hidden_processes':
        return '其他用户的进程：/proc 以 hidepid 挂载。请以 root 运行，或加入挂载选项 gid 指定的组。';
      case 'kernel_details':
        return `accept 队列的上限、内核对单个连接的说明，以及只绑定未连接的套接字：这次读的是 /proc（${unseen.why}）。`;
      case 'namespace':
        return `网络命名空间 ${unseen.name}：${unseen.why === '' ? '没有轮到它' : unseen.why}。`;
      case 'other_namespaces':
        return '其他网络命名空间（容器、Pod、ip netns）：请加 --collect.namespaces=all。';
      case 'unit':
        return `${unseen.name} 提供的内容：${unseen.why}。`;
    }
  },
};
