import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const ADVICE = sentences(
  '先看它们是什么（ls -l /proc/PID/fd）：如果负载没变而数量一直涨，就是打开之后没有关闭。',
  '如果确实都需要，调高软限制：systemd 单元的 LimitNOFILE=、启动前的 ulimit -n、nginx 的 worker_rlimit_nofile、容器的 --ulimit nofile。',
  '处于 CLOSE_WAIT 的连接只有程序自己能释放，调整 sysctl 没有用。',
);

export const descriptorExhaustionZhCn: FindingTexts['describe']['descriptor_exhaustion'] = {
  growing: (finding, format) => ({
    title: `${who(finding)}将在 ${format.duration(finding.forecast?.inSeconds ?? 0)}后用尽描述符`,
    explanation: sentences(
      use(finding, format),
      growth(finding, format),
      sockets(finding, format),
      '用尽之后，accept()、connect() 和 open() 都会以 EMFILE 失败。',
    ),
    advice: ADVICE,
  }),
  near_limit: (finding, format) => ({
    title: `${who(finding)}的描述符已用 ${format.percent(numberIn(finding, 'usedRatio') ?? 0)}`,
    explanation: sentences(
      use(finding, format),
      growth(finding, format),
      forecast(finding, format),
      sockets(finding, format),
      '用尽之后，accept()、connect() 和 open() 都会以 EMFILE 失败，客户端只能在全连接队列里等。',
    ),
    advice: ADVICE,
  }),
  exhausted: (finding, format) => ({
    title: `${who(finding)}已没有可用的描述符`,
    explanation: sentences(
      use(finding, format),
      '现在 accept()、connect() 和 open() 都会以 EMFILE 失败，新来的客户端只能在全连接队列里等。',
      sockets(finding, format),
    ),
    advice: ADVICE,
  }),
};

function who({ labels }: Finding): string {
  return labels.pid === undefined ? '某个进程' : `${labels.process ?? '?'}（PID ${labels.pid}）`;
}

function use(finding: Finding, format: Format): string | null {
  const used = numberIn(finding, 'descriptorsUsed');
  const limit = numberIn(finding, 'descriptorLimit');
  if (used === null || limit === null) return null;
  return `描述符不分种类，上限 ${format.number(limit)} 个，已打开 ${format.number(used)} 个。`;
}

function growth(finding: Finding, format: Format): string | null {
  const perMinute = numberIn(finding, 'growthPerMinute');
  const window = numberIn(finding, 'growthWindowSeconds');
  if (finding.evidence.growing !== true || perMinute === null || window === null) return null;
  return `最近 ${format.duration(window)}里每分钟增加 ${format.number(perMinute)} 个。`;
}

function forecast({ forecast }: Finding, format: Format): string | null {
  return forecast ? `按目前的速度，${format.duration(forecast.inSeconds)}后用尽。` : null;
}

function sockets(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'tcpSockets');
  if (count === null) return null;
  const established = format.number(numberIn(finding, 'established') ?? 0);
  const closeWait = format.number(numberIn(finding, 'closeWait') ?? 0);
  return `其中 ${format.number(count)} 个是本网络命名空间里的 TCP 套接字：ESTABLISHED ${established} 个，CLOSE_WAIT ${closeWait} 个。`;
}
