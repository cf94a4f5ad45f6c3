import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const BACKLOG = `Its length is the smaller of listen()’s argument and net.core.somaxconn, both as they were when listen() was called: nginx has backlog= of listen, gunicorn --backlog, Node.js the backlog of server.listen(), Redis tcp-backlog, uWSGI --listen, Tomcat acceptCount, Python’s socketserver request_queue_size (only 5); Go takes somaxconn itself.`;
const STALLED = `Find what keeps the program from accept(): a blocked event loop, all workers busy, the descriptor limit reached (accept() fails with EMFILE), or a process that was stopped. Its stacks tell (gdb, jstack, py-spy, a goroutine dump).`;

export const acceptQueueFullEn: FindingTexts['describe']['accept_queue_full'] = {
  not_accepting: (finding, format) => ({
    title: `${who(finding)} has not accepted a connection on port ${finding.labels.port ?? '?'} for ${atLeast(finding, format)}`,
    explanation: sentences(
      queue(finding, format),
      waited(finding, format),
      `The queue is served in order, so nothing was accepted in all that time. It has room still: nobody is turned away yet, and every new client waits.`,
    ),
    advice: STALLED,
  }),
  nearly_full: (finding, format) => ({
    title: `The accept queue of ${who(finding)} on port ${finding.labels.port ?? '?'} is ${isFull(finding) ? '' : 'nearly '}full`,
    explanation: sentences(
      queue(finding, format),
      waited(finding, format),
      isFull(finding)
        ? `No client was turned away lately, and the next one will be.`
        : `Once it is full the kernel drops new handshakes, and clients repeat them after 1 s, 2 s, 3 s …, then ever more slowly (before Linux 6.5: 1 s, 3 s, 7 s), until one gets through.`,
    ),
    advice: sentences(
      STALLED,
      `If it accepts and cannot keep up, more workers help, and a longer queue only for short peaks.`,
      BACKLOG,
    ),
  }),
  overflowing: (finding, format) => ({
    title: `The accept queue of ${who(finding)} on port ${finding.labels.port ?? '?'} overflows: clients are turned away`,
    explanation: sentences(
      queue(finding, format),
      overflows(finding, format),
      waited(finding, format),
      finding.certainty !== 'certain' &&
        `The source does not tell the queue’s maximum: this is the queue that does not empty while the counter rises, which is no proof.`,
      `A client whose handshake is dropped hears nothing: it sends SYN again after a second, and its connect() seems slow or times out.`,
    ),
    advice: sentences(STALLED, `Only then look at the length of the queue.`, BACKLOG),
  }),
  bursts: (finding, format) => ({
    title: `Bursts of connections overflow an accept queue`,
    explanation: sentences(
      overflows(finding, format),
      `No queue was seen full at the time of a look, so it fills and empties within a moment: the program accepts, and the queue is too short for the bursts.`,
      shortest(finding, format),
      `What this does not show is which listener it is: the counter is one for all of them.`,
    ),
    advice: sentences(`Raise the backlog of the listener that gets the bursts.`, BACKLOG),
  }),
};

function who({ labels }: Finding): string {
  return labels.pid === undefined ? 'an unknown process' : `${labels.process ?? '?'} (pid ${labels.pid})`;
}

function atLeast(finding: Finding, format: Format): string {
  const age = format.duration(finding.oldestAgeSeconds);
  return finding.ageExact ? age : `at least ${age}`;
}

function waited(finding: Finding, format: Format): string | null {
  return finding.oldestAgeSeconds < 1
    ? null
    : `The connection that has waited longest has done so for ${atLeast(finding, format)}.`;
}

function queue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  const most = numberIn(finding, 'acceptQueueMax');
  if (waiting === null) return null;
  const wait = `${format.number(waiting)} ${waiting === 1 ? 'connection waits' : 'connections wait'} for accept()`;
  return most === null ? `${wait}.` : `${wait}, and the queue takes ${format.number(most + 1)}.`;
}

function overflows(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'listenOverflows');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null) return null;
  return `ListenOverflows rose by ${format.number(count)} within ${format.duration(window)}: so many times a handshake met a full queue.`;
}

function shortest(finding: Finding, format: Format): string | null {
  const most = numberIn(finding, 'acceptQueueMax');
  return most === null ? null : `The shortest queue here has a maximum of ${format.number(most)}.`;
}

function isFull(finding: Finding): boolean {
  return (numberIn(finding, 'usedRatio') ?? 0) >= 1;
}
