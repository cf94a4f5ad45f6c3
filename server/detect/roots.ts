import { severityRank, type DetectorName, type EvidenceKey, type Finding } from '../model/finding.ts';

/** What this file looks at: a finding of this pass, before it is known when it was first seen. */
type Found = Omit<Finding, 'firstSeenAt'>;

/** What follows from what: `root` causes `follows`, where both are about the same thing. */
interface Consequence {
  readonly root: (finding: Found) => boolean;
  readonly follows: (finding: Found, root: Found, all: readonly Found[]) => boolean;
}

function is(detector: DetectorName, ...causes: string[]): (finding: Found) => boolean {
  return (finding) =>
    finding.detector === detector && (causes.length === 0 || causes.includes(finding.cause));
}

const isLeak = is('close_wait_leak', 'drained', 'fin_unread', 'unread_data');
const isUndelivered = anyOf(is('fin_wait_stuck'), is('last_ack_stuck'), is('closing_stuck'));
/** Sockets whose bytes wait because our own program does not read. */
const isUnread = anyOf(is('close_wait_leak', 'unread_data'), is('zero_window', 'not_reading'));

/** Far less than it takes the kernel to give up a connection whose peer is silent. */
const SILENT_SECONDS = 30;

/** The nearer to the root the earlier: a finding follows from the first that fits. */
const CONSEQUENCES: readonly Consequence[] = [
  // A leak eats the descriptors of its process.
  {
    root: isLeak,
    follows: (finding, root, all) =>
      is('descriptor_exhaustion')(finding) && sameLabels(finding, root, 'pid') && isMost(finding, root, all),
  },
  // … and the ports to the destination it leaks to.
  {
    root: isLeak,
    follows: (finding, root) =>
      is('port_exhaustion', 'held_open')(finding) &&
      root.labels['role'] === 'client' &&
      sameLabels(finding, root, 'peer') &&
      2 * number(finding, 'closeWait') >= number(finding, 'portsUsed'),
  },
  // Around half the two take turns; what ended is the rule, what is open the exception.
  {
    root: is('time_wait_buildup', 'client_ports'),
    follows: (finding, root) =>
      is('port_exhaustion', 'held_open')(finding) && sameLabels(finding, root, 'local', 'peer'),
  },
  // Without a descriptor accept() fails with EMFILE, and connections wait.
  {
    root: is('descriptor_exhaustion', 'exhausted'),
    follows: (finding, root) => is('accept_queue_full')(finding) && sameLabels(finding, root, 'pid'),
  },
  // A program that does not accept: what waits for it, and what else it has stopped doing.
  {
    root: is('accept_queue_full', 'not_accepting', 'nearly_full', 'overflowing'),
    follows: (finding, root) =>
      (is('close_wait_leak', 'never_accepted')(finding) && sameLabels(finding, root, 'pid', 'port')) ||
      (is('syn_backlog', 'slow_accept')(finding) && sameLabels(finding, root, 'local', 'port')) ||
      (isUnread(finding) && sameLabels(finding, root, 'pid')) ||
      (is('close_wait_leak', 'fin_unread')(finding) && isServerOf(finding, root)),
  },
  // Where the listener's process is not known.
  {
    root: is('accept_queue_full', 'not_accepting', 'nearly_full', 'overflowing'),
    follows: (finding, root) =>
      is('close_wait_leak', 'never_accepted')(finding) &&
      root.labels['pid'] === undefined &&
      finding.labels['pid'] === undefined &&
      sameLabels(finding, root, 'port'),
  },
  // The other ends of the same connections, where they are on this host too.
  {
    root: is('accept_queue_full', 'not_accepting', 'nearly_full', 'overflowing'),
    follows: (finding, root) =>
      (is('syn_sent_stuck')(finding) || isOtherEnd(finding)) && isPeer(finding, root.labels['local'], root),
  },
  {
    root: anyOf(
      is('close_wait_leak', 'unread_data', 'fin_unread', 'drained'),
      is('zero_window', 'not_reading'),
    ),
    follows: (finding, root) =>
      isOtherEnd(finding) && root.labels['role'] === 'server' && isPeer(finding, undefined, root),
  },
  // A peer that is gone, or a way that is cut: attempts to reach it, and what could not be closed towards it.
  {
    root: is('half_open', 'sending', 'probing'),
    follows: (finding, root) => is('syn_sent_stuck')(finding) && isSamePeer(finding, root),
  },
  {
    root: anyOf(is('half_open', 'sending', 'probing'), is('syn_sent_stuck')),
    follows: (finding, root) =>
      isUndelivered(finding) && finding.cause === 'undelivered' && isSamePeer(finding, root),
  },
  // A proxy does not read what it cannot pass on.
  {
    root: is('zero_window', 'peer_not_reading'),
    follows: (finding, root) =>
      is('zero_window', 'not_reading')(finding) &&
      finding.labels['role'] === 'client' &&
      root.labels['role'] === 'server' &&
      sameLabels(finding, root, 'pid'),
  },
  // A flood of SYNs is tracked like any other connection.
  { root: is('syn_backlog', 'flood'), follows: is('conntrack_full') },
  // What is dropped is not answered, and is given up in the end.
  {
    root: is('conntrack_full', 'dropping'),
    follows: anyOf(is('syn_sent_stuck'), is('reset_storm', 'timed_out')),
  },
  { root: is('syn_sent_stuck'), follows: areMostlyAttempts },
  {
    root: is('half_open', 'sending', 'probing'),
    follows: (finding, root, all) => {
      const dying = all.filter(is('half_open', 'sending', 'probing'));
      // Each is there for minutes before it is given up.
      const enough = sum(dying) >= SILENT_SECONDS * number(finding, 'perSecond');
      return is('reset_storm', 'timed_out')(finding) && enough && isLargest(root, dying);
    },
  },
  // Sockets that cannot deliver are the orphans.
  {
    root: isUndelivered,
    follows: (finding, root, all) =>
      is('orphan_pressure')(finding) &&
      2 * sum(all.filter(isUndelivered)) >= number(finding, 'orphans') &&
      isLargest(root, all.filter(isUndelivered)),
  },
  // Memory that is gone for what one process does not read.
  {
    root: isUnread,
    follows: (finding, root, all) =>
      is('tcp_memory_pressure')(finding) &&
      String(finding.evidence['pid']) === root.labels['pid'] &&
      2 * number(finding, 'processQueuedBytes') >= number(finding, 'queuedBytes') &&
      isLargest(root, all.filter(isUnread)),
  },
  { root: is('tcp_memory_pressure', 'exhausted'), follows: is('orphan_pressure', 'resetting') },
];

/**
 * One cause is one finding: what follows from another finding of the same pass and network namespace says so, and alarms
 * nobody. A chain leads to its root at once. The root is as severe as the worst of what follows from it; what is only
 * explained (info) is no root.
 */
export function linkCauses<F extends Found>(findings: readonly F[]): F[] {
  const rootOf = new Map<F, F>();
  for (const { root, follows } of CONSEQUENCES) {
    for (const candidate of findings) {
      if (candidate.severity === 'info' || !root(candidate)) continue;
      for (const finding of findings) {
        if (finding === candidate || rootOf.has(finding) || topOf(candidate, rootOf) === finding) continue;
        if (follows(finding, candidate, findings)) rootOf.set(finding, candidate);
      }
    }
  }
  const worst = new Map<F, F['severity']>();
  for (const finding of findings) {
    const top = topOf(finding, rootOf);
    const known = worst.get(top);
    if (known === undefined || severityRank(finding.severity) > severityRank(known))
      worst.set(top, finding.severity);
  }
  return findings.map((finding) => {
    const top = topOf(finding, rootOf);
    if (top !== finding) return { ...finding, causedBy: top.fingerprint };
    const severity = worst.get(finding) ?? finding.severity;
    return severity === finding.severity ? finding : { ...finding, severity };
  });
}

function topOf<F>(finding: F, rootOf: ReadonlyMap<F, F>): F {
  let top = finding;
  for (let next = rootOf.get(top); next !== undefined; next = rootOf.get(top)) top = next;
  return top;
}

/** Whether two findings have the same value of each of these labels, and have them. */
function sameLabels(a: Found, b: Found, ...names: string[]): boolean {
  return names.every((name) => a.labels[name] !== undefined && a.labels[name] === b.labels[name]);
}

/** One peer that both name, by the same port. */
function isSamePeer(a: Found, b: Found): boolean {
  return a.labels['peer'] !== '*' && sameLabels(a, b, 'role', 'peer', 'port');
}

function anyOf(...tests: ((finding: Found) => boolean)[]): (finding: Found) => boolean {
  return (finding) => tests.some((test) => test(finding));
}

function number({ evidence }: Found, key: EvidenceKey): number {
  const value = evidence[key];
  return typeof value === 'number' ? value : 0;
}

function sum(findings: readonly Found[]): number {
  return findings.reduce((all, { count }) => all + count, 0);
}

function isLargest(finding: Found, all: readonly Found[]): boolean {
  return all.every(({ count }) => count <= finding.count);
}

/** Whether the leaks of a process, of which `root` is the largest, make up most of its descriptors, or of their growth. */
function isMost(finding: Found, root: Found, all: readonly Found[]): boolean {
  const leaks = all.filter((other) => isLeak(other) && sameLabels(other, finding, 'pid'));
  if (!isLargest(root, leaks)) return false;
  const growth = leaks
    .filter(({ evidence }) => evidence['growing'] === true)
    .reduce((all, leak) => all + number(leak, 'growthPerMinute'), 0);
  const grows = finding.evidence['growing'] === true && growth > 0;
  return (
    2 * sum(leaks) >= number(finding, 'descriptorsUsed') ||
    (grows && 2 * growth >= number(finding, 'growthPerMinute'))
  );
}

/** Connections of the same process that came in by the same port. */
function isServerOf(finding: Found, root: Found): boolean {
  return finding.labels['role'] === 'server' && sameLabels(finding, root, 'pid', 'port');
}

/** What the end of a connection looks like whose other end does not read, or does not close. */
function isOtherEnd(finding: Found): boolean {
  const seen = anyOf(
    is('zero_window', 'peer_not_reading'),
    is('fin_wait_stuck', 'peer_not_closing', 'window_closed'),
  );
  return finding.labels['role'] === 'client' && seen(finding);
}

/** Whether a client's peer is this server on the same host: by loopback, or by the address listened at. */
function isPeer({ labels }: Found, address: string | undefined, server: Found): boolean {
  const { peer } = labels;
  const port = server.labels['port'];
  if (peer === undefined || port === undefined || !peer.endsWith(`:${port}`)) return false;
  const host = peer.slice(0, -port.length - 1).replace(/^\[(.*)\]$/, '$1');
  return host === '::1' || host.startsWith('127.') || (address !== undefined && host === address);
}

/** Timeouts most of which were those of connect(). */
function areMostlyAttempts(finding: Found): boolean {
  const { cause } = finding;
  const failed = number(finding, 'failedAttemptsPerSecond');
  return is('reset_storm')(finding) && cause === 'timed_out' && 2 * failed >= number(finding, 'perSecond');
}
