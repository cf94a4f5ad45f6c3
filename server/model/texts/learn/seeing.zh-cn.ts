import type { TopicTexts } from './topic.ts';

export const seeingZhCn: TopicTexts<'seeing'> = {
  ss: {
    name: 'ss',
    also: 'netstat 命令 终端 iproute2',
    summary: '在终端里查看套接字；Halfclose 用的就是它的筛选语法。',
    is: [
      '-t 只看 TCP，-a 所有状态，-n 用数字，-p 进程，-o 定时器，-i 内核的测量值，-l 只看监听，-e inode 和 cookie。后面接筛选条件：`state close-wait and dport = :5432`。',
    ],
    look: [
      'timer:(on,3.1sec,4)：重传定时器，3.1 秒后触发，已重发 4 次。另外还有 keepalive、persist、timewait 三种。',
    ],
    linux: [
      '没有 root 权限时看不到别人的进程。',
      '只显示一个网络命名空间；看别的要用 `ip netns exec NAME ss …` 或 `nsenter -t PID -n ss …`。',
    ],
    myths: [['“netstat 也一样。”', '它读 /proc，慢得多，也没有监听队列的最大值和测量值。']],
    shows: [
      '汇总。',
      '全部 TCP 套接字，带进程和定时器。',
      '强行结束套接字（需要 root，且内核支持 INET_DIAG_DESTROY）。两端程序看到的都是重置。',
    ],
  },
  'tcp-info': {
    name: 'tcp_info',
    also: 'rtt cwnd lastack lastrcv retrans TCP_INFO',
    summary: '内核在一条连接上测到的数据。',
    is: [
      '程序对自己的套接字用 getsockopt(TCP_INFO) 获取，sock_diag 则可以获取所有的。Halfclose 只在判断需要时才去问。',
    ],
    look: [
      'rtt：平滑后的往返时间。minrtt：没有排队时的往返时间。',
      'lastsnd、lastrcv、lastack：距上次发送、接收、收到确认的毫秒数。',
      'backoff 和 retrans：定时器加倍了几次，重发了多少。',
      'unacked：在途的报文段。snd_wnd 为 0：对端不收。',
    ],
    shows: ['每个套接字下面有一行测量值。'],
  },
  age: {
    name: '停留时间',
    also: '多久 年龄 至少 ≥ age',
    summary: '套接字在当前状态停留了多久；带“≥”的是下限。',
    is: [
      '内核不记录它。Halfclose 看到套接字换了状态，就从那一刻算起，误差不超过一个观测间隔。开始观测之前就在的，从第一次看到算起，写作“≥ 5 分钟”。',
      'TIME_WAIT 等有定时器的状态，可以由内核的定时器推出真实的停留时间。',
    ],
    linux: ['cookie 相同就是同一个套接字：到了 FIN_WAIT2 和 TIME_WAIT，inode 已经没有，cookie 仍然不变。'],
    look: [
      '在本该一个往返就结束的状态里，停留以秒计就是信号。单看数量意义不大：繁忙的主机上总有很多刚来的。',
    ],
  },
};
