import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const ADVICE = sentences(
  `See what they are (ls -l /proc/PID/fd): if they grow without load, something is opened and not closed.`,
  `If they are all needed, raise the soft limit: LimitNOFILE= of the systemd unit, ulimit -n before the start, worker_rlimit_nofile in nginx, --ulimit nofile of a container.`,
  `Connections in CLOSE_WAIT are freed only by the program; no sysctl does.`,
);

export const descriptorExhaustionEn: FindingTexts['describe']['descriptor_exhaustion'] = {
  growing: (finding, format) => ({
    title: `${who(finding)} reaches its descriptor limit in ${format.duration(finding.forecast?.inSeconds ?? 0)}`,
    explanation: sentences(
      use(finding, format),
      growth(finding, format),
      sockets(finding, format),
      `At the limit accept(), connect() and open() fail with EMFILE.`,
    ),
    advice: ADVICE,
  }),
  near_limit: (finding, format) => ({
    title: `${who(finding)} has used ${format.percent(numberIn(finding, 'usedRatio') ?? 0)} of its descriptors`,
    explanation: sentences(
      use(finding, format),
      growth(finding, format),
      forecast(finding, format),
      sockets(finding, format),
      `At the limit accept(), connect() and open() fail with EMFILE, and clients wait in the accept queue.`,
    ),
    advice: ADVICE,
  }),
  exhausted: (finding, format) => ({
    title: `${who(finding)} has no descriptor left`,
    explanation: sentences(
      use(finding, format),
      `accept(), connect() and open() fail with EMFILE now, and new clients wait in the accept queue.`,
      sockets(finding, format),
    ),
    advice: ADVICE,
  }),
};

function who({ labels }: Finding): string {
  return labels.pid === undefined ? 'A process' : `${labels.process ?? '?'} (pid ${labels.pid})`;
}

function use(finding: Finding, format: Format): string | null {
  const used = numberIn(finding, 'descriptorsUsed');
  const limit = numberIn(finding, 'descriptorLimit');
  if (used === null || limit === null) return null;
  return `${format.number(used)} of ${format.number(limit)} descriptors are open, of whatever kind.`;
}

function growth(finding: Finding, format: Format): string | null {
  const perMinute = numberIn(finding, 'growthPerMinute');
  const window = numberIn(finding, 'growthWindowSeconds');
  if (finding.evidence.growing !== true || perMinute === null || window === null) return null;
  return `Over the last ${format.duration(window)} their number grew by ${format.number(perMinute)} a minute.`;
}

function forecast({ forecast }: Finding, format: Format): string | null {
  return forecast
    ? `At the present rate the limit is reached in ${format.duration(forecast.inSeconds)}.`
    : null;
}

function sockets(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'tcpSockets');
  if (count === null) return null;
  const established = format.number(numberIn(finding, 'established') ?? 0);
  const closeWait = format.number(numberIn(finding, 'closeWait') ?? 0);
  return `Of them ${format.number(count)} are TCP sockets in this network namespace: ${established} in ESTABLISHED, ${closeWait} in CLOSE_WAIT.`;
}
