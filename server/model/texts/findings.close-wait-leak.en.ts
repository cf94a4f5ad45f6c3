import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

export const closeWaitLeakEn: FindingTexts['describe']['close_wait_leak'] = {
  drained: (finding, format) => ({
    title: `${who(finding)} does not close ${connections(finding, format)} ${peers(finding)}`,
    explanation: sentences(
      `The peer has sent its FIN, and Recv-Q is 0: everything was read, close() is missing.`,
      aged(finding, format),
      `No kernel timer ends CLOSE_WAIT; each one keeps a descriptor until the program closes it or exits.`,
      growth(finding, format),
      descriptors(finding, format),
      `What this does not show: if data and FIN arrived together, one read takes both, so the program may not have seen the end of the stream (a read that returns 0).`,
      others(finding, format, 'drained'),
      unknownOwner(finding),
    ),
    advice: sentences(
      `Close the connection on every path: after a read that returns 0, after an error, after a timeout, and when a response is dropped half-way.`,
      finding.labels.role === 'client'
        ? `In a client, look for response bodies that are not read to the end or not closed, and for connections taken from a pool and never given back: defer resp.Body.Close() in Go, try-with-resources around the response in Java (Apache HttpClient, OkHttp), with or close() around stream=True of Python requests, res.resume() or res.destroy() in Node.js for an answer that nobody wants.`
        : `In a server, look for handlers that return or throw without closing, and for connections kept in a list that nobody reads any more: defer conn.Close() in Go, try-with-resources in Java, with in Python, and in Node.js end() on the end event where allowHalfOpen is on.`,
      `Restarting the process frees the descriptors; no sysctl does.`,
    ),
  }),
  unread_data: (finding, format) => ({
    title: `${who(finding)} has stopped reading ${connections(finding, format)} ${peers(finding)}`,
    explanation: sentences(
      `The peer has sent data and then its FIN, and both still wait in the receive queue: Recv-Q is above 1${queued(finding, format)}.`,
      aged(finding, format),
      `The program hung before it read: a blocked thread, a deadlock, a full queue behind it, or a handler that waits for something else.`,
      growth(finding, format),
      descriptors(finding, format),
      others(finding, format, 'unreadData'),
      unknownOwner(finding),
    ),
    advice: sentences(
      `Take the stacks of the process now, while it hangs (gdb, jstack, py-spy, a goroutine dump), and look for what its threads or its event loop wait for.`,
      `Then set a deadline on that wait.`,
      `Closing without reading makes the kernel send RST instead of FIN.`,
    ),
  }),
  fin_unread: (finding, format) => ({
    title: `${who(finding)} has not noticed the end of ${connections(finding, format)} ${peers(finding)}`,
    explanation: sentences(
      `Recv-Q is 1, and that one is the peer’s FIN itself: no data is left, and nobody has read this descriptor since the FIN came.`,
      aged(finding, format),
      idlePool(finding)
        ? `Their number does not grow, which is what an idle connection pool looks like: harmless until a connection is used, and then the first use fails.`
        : `This is not an idle pool of a fixed size: a thread is blocked, or connections are put aside and forgotten.`,
      growth(finding, format),
      descriptors(finding, format),
      others(finding, format, 'finUnread'),
      unknownOwner(finding),
    ),
    advice: idlePool(finding)
      ? sentences(
          `Set the pool’s idle timeout below the server’s keep-alive timeout, so that our side closes first, or let the pool test a connection before it hands it out: maxLifetime and keepaliveTime in HikariCP, testWhileIdle and minEvictableIdleTimeMillis in Commons Pool (DBCP, Jedis), pool_recycle and pool_pre_ping in SQLAlchemy, SetConnMaxIdleTime of Go’s database/sql.`,
          `Nothing else needs to be done.`,
        )
      : sentences(
          `Find who holds these connections without reading: take the stacks of the process, and look for connections that its event loop no longer watches.`,
          finding.labels.role === 'client'
            ? `If it is a pool, give it a largest size and an idle timeout.`
            : `A handler that waits for something else should watch its connection too, or have a deadline.`,
        ),
  }),
  never_accepted: (finding, format) => ({
    title: `${who(finding)} is not accepting connections${onPort(finding)}: ${format.number(finding.count)} ${finding.count === 1 ? 'waits' : 'wait'} in CLOSE_WAIT`,
    explanation: sentences(
      `The handshake is complete, the client has already sent its FIN, and the socket has no inode: accept() was never called for it. It waits in the listener’s accept queue and holds no descriptor, so this is no descriptor leak.`,
      aged(finding, format),
      acceptQueue(finding, format),
      `When that queue is full the kernel drops new connections.`,
      growth(finding, format),
      others(finding, format, 'neverAccepted'),
    ),
    advice: sentences(
      `Find what keeps the program from accept(): a blocked event loop, all workers busy, the descriptor limit reached, or a process that was stopped. Its stacks tell.`,
      `Only then look at the backlog: listen()’s argument and net.core.somaxconn both limit it, and a longer queue only lets clients wait longer.`,
    ),
  }),
};

const GAPS: Readonly<Record<string, string>> = {
  permission: 'Halfclose may not read the descriptors of every process (CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE)',
  not_found:
    'no process that Halfclose can see holds these sockets; they may belong to another pid namespace',
  pending: 'its descriptors have not been read yet',
  kernel: 'the kernel itself holds these sockets',
  accept_queue: 'the listener’s process is not known',
};

function who(finding: Finding): string {
  const { labels } = finding;
  const processes = numberIn(finding, 'processes');
  if (processes !== null) return `${labels.process ?? '?'} (${processes} processes)`;
  if (labels.pid === undefined) return 'An unknown process';
  return `${labels.process ?? '?'} (pid ${labels.pid})`;
}

function connections(finding: Finding, format: Format): string {
  return finding.count === 1 ? '1 connection' : `${format.number(finding.count)} connections`;
}

function peers(finding: Finding): string {
  const { role, peer, port } = finding.labels;
  if (role === 'client') return peer === '*' ? 'to several peers' : `to ${peer ?? '?'}`;
  return peer === '*'
    ? `from several peers on port ${port ?? '?'}`
    : `from ${peer ?? '?'} on port ${port ?? '?'}`;
}

function onPort({ labels }: Finding): string {
  return labels.port === undefined ? '' : ` on port ${labels.port}`;
}

function aged(finding: Finding, format: Format): string {
  const age = format.duration(finding.oldestAgeSeconds);
  return finding.ageExact
    ? `The oldest has been in CLOSE_WAIT for ${age}.`
    : `The oldest has been in CLOSE_WAIT for at least ${age}.`;
}

function idlePool({ labels, evidence }: Finding): boolean {
  return labels.role === 'client' && evidence.growing !== true;
}

function growth(finding: Finding, format: Format): string | null {
  const perMinute = numberIn(finding, 'growthPerMinute');
  const window = numberIn(finding, 'growthWindowSeconds');
  if (finding.evidence.growing !== true || perMinute === null || window === null) return null;
  return `Over the last ${format.duration(window)} their number grew by ${format.number(perMinute)} a minute.`;
}

function descriptors(finding: Finding, format: Format): string | null {
  const used = numberIn(finding, 'descriptorsUsed');
  const limit = numberIn(finding, 'descriptorLimit');
  if (used === null || limit === null) return null;
  const use = `The process has ${format.number(used)} of ${format.number(limit)} descriptors open`;
  const { forecast } = finding;
  return forecast
    ? `${use}; at the present rate it reaches the limit in ${format.duration(forecast.inSeconds)}.`
    : `${use}.`;
}

function others(finding: Finding, format: Format, own: string): string | null {
  const names = {
    drained: 'read to the end',
    unreadData: 'with unread data',
    finUnread: 'with an unread FIN',
    neverAccepted: 'never accepted',
  } as const;
  const parts = (Object.keys(names) as (keyof typeof names)[])
    .filter((key) => key !== own && (numberIn(finding, key) ?? 0) > 0)
    .map((key) => `${format.number(numberIn(finding, key) ?? 0)} ${names[key]}`);
  return parts.length > 0 ? `Not all are alike: ${parts.join(', ')}.` : null;
}

function unknownOwner(finding: Finding): string | null {
  const gap = textIn(finding, 'ownerGap');
  return gap === null ? null : `The process is unknown, and there may be several: ${GAPS[gap] ?? gap}.`;
}

function queued(finding: Finding, format: Format): string {
  const bytes = numberIn(finding, 'recvQueueBytes');
  return bytes === null ? '' : `, ${format.bytes(bytes)} in all`;
}

function acceptQueue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  const most = numberIn(finding, 'acceptQueueMax');
  if (waiting === null) return null;
  return most === null
    ? `The accept queue holds ${format.number(waiting)}.`
    : `The accept queue holds ${format.number(waiting)} and takes ${format.number(most + 1)}.`;
}
