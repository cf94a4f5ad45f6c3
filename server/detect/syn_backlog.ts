import type { Consideration, Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { KernelLimits, Listener, View } from '../model/snapshot.ts';
import type { Detector, Stands } from '../model/units.ts';
import { nearest } from './considered.ts';
import { recently } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { held } from './hold.ts';
import { atListener, isQueueFull, placeLabels, requestRows } from './queued.ts';

type Options = DetectorOptions['syn_backlog'];
type Cause = 'slow_accept' | 'flood' | 'cookies' | 'dropping';

/** Fewer handshakes under way than this are none too many, however short the backlog. */
const MIN_REQUESTS = 10;

/** SYN-ACK is sent again after 1 s and after 3: by then an honest client has answered, unless the way is bad. */
const UNANSWERED_SECONDS = 3;

/**
 * Handshakes that cannot be kept: too many in SYN_RECV at one listener, or SYNs that met a full queue meanwhile.
 *
 * A listener takes as many as its backlog; with cookies off, also no more than three quarters of tcp_max_syn_backlog.
 * Source: tcp_conn_request() in net/ipv4/tcp_input.c. The counters are of the whole namespace: without a listener that is
 * seen (half) full they are told of port `*`. A burst is over within a round trip, and mostly between two looks: as long as
 * they go on they are told of what they were told of first.
 */
export const synBacklog: Detector<'syn_backlog'> = {
  name: 'syn_backlog',
  defaults: defaultsFor('syn_backlog'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    const signs = signsOf(view);
    const everywhere = { role: 'server', local: '*', port: '*' };
    // What is told of port `*` is not told again of a port where its bursts are seen now and then.
    const backlogs = backlogsOf(view, stands).filter(
      (backlog) => backlog.standing || !stands(everywhere) || isStuck(backlog),
    );
    // What the counters say is laid to one listener: that which stands, or is the fullest.
    const blamed =
      backlogs.find(({ standing }) => standing) ??
      backlogs.find(({ usedRatio }) => usedRatio >= held(options.warnRatio, true) / 2);
    const counted = signs.met >= held(options.minDrops, blamed ? blamed.standing : stands(everywhere));
    const detections: Detection[] = [];
    const considered: Consideration[] = [];
    for (const backlog of backlogs) {
      const many =
        backlog.rows.length >= MIN_REQUESTS && backlog.usedRatio >= held(options.warnRatio, backlog.standing);
      const cause = many || (counted && backlog === blamed) ? causeOf(backlog, signs) : null;
      if (cause !== null) detections.push(detection(view, backlog, cause, signs));
      else if (backlog.rows.length > 0) considered.push(consideration(backlog, many, options));
    }
    if (counted && !blamed && signs.cause !== null)
      detections.push(unplaced(view, everywhere, signs.cause, signs));
    else if (!counted && signs.met > 0) considered.push(rare(everywhere, signs.met, options));
    return { detections, considered: nearest(considered) };
  },
};

/** What the counters of the namespace say. */
interface Signs {
  readonly cookiesSent: number;
  readonly cookiesReceived: number;
  readonly requestsDropped: number;
  readonly otherDrops: number;
  /** SYNs that met a full queue. */
  readonly met: number;
  /** As far as the counters alone tell. */
  readonly cause: 'flood' | 'cookies' | 'dropping' | null;
}

function signsOf(view: View): Signs {
  const cookiesSent = recently(view, 'TcpExt.SyncookiesSent');
  const cookiesReceived = recently(view, 'TcpExt.SyncookiesRecv');
  const requestsDropped = recently(view, 'TcpExt.TCPReqQFullDrop');
  const dropped = recently(view, 'TcpExt.ListenDrops') - recently(view, 'TcpExt.ListenOverflows');
  const otherDrops = Math.max(0, dropped - requestsDropped);
  // With tcp_syncookies 2 each SYN gets a cookie, and the counter says nothing of the queue.
  const always = view.limits.synCookies === 2;
  const withCookies = always ? 0 : recently(view, 'TcpExt.TCPReqQFullDoCookies');
  // With cookies in use other drops have other reasons (memory, a failed handshake), which are none of a queue.
  const refused = requestsDropped + (view.limits.synCookies === 0 ? otherDrops : 0);
  const answered = cookiesReceived * 2 >= cookiesSent;
  const cause = withCookies > 0 ? (answered ? 'cookies' : 'flood') : refused > 0 ? 'dropping' : null;
  return { cookiesSent, cookiesReceived, requestsDropped, otherDrops, met: withCookies + refused, cause };
}

interface Backlog {
  readonly listener: Listener;
  readonly labels: Detection['labels'];
  readonly rows: readonly number[];
  readonly max: number | null;
  readonly usedRatio: number;
  readonly unanswered: number;
  readonly oldestRow: number | undefined;
  readonly oldestSeconds: number;
  readonly standing: boolean;
}

/** Of listeners with handshakes under way, and of those that stand, the fullest first. */
function backlogsOf(view: View, stands: Stands): Backlog[] {
  const { table, ageSeconds } = view.sockets;
  const backlogs: Backlog[] = [];
  const requests = requestRows(view);
  const told = new Set<string>();
  // At a place with several listeners (SO_REUSEPORT) one is named for all that is under way there.
  const first = (index: number) => (requests.has(index) ? 0 : 1);
  const entries = [...view.listeners.entries()].sort(([a], [b]) => first(a) - first(b));
  for (const [index, listener] of entries) {
    const labels = placeLabels(listener);
    const place = `${listener.family} ${listener.address} ${listener.port}`;
    const standing = stands(labels);
    const rows = requests.get(index) ?? [];
    if (told.has(place) || (rows.length === 0 && !standing)) continue;
    told.add(place);
    const sharing = view.listeners.filter(
      ({ address, port, family }) =>
        address === listener.address && port === listener.port && family === listener.family,
    ).length;
    const each = backlogMax(listener, view.limits);
    const max = each === null ? null : each * sharing;
    let unanswered = 0;
    let oldestRow = rows[0];
    for (const row of rows) {
      if (ageSeconds[row]! >= UNANSWERED_SECONDS || table.retransmits[row]! >= 2) unanswered++;
      if (ageSeconds[row]! > ageSeconds[oldestRow!]!) oldestRow = row;
    }
    backlogs.push({
      listener,
      labels,
      rows,
      max,
      usedRatio: max === null ? 0 : rows.length / Math.max(1, max),
      unanswered,
      oldestRow,
      oldestSeconds: oldestRow === undefined ? 0 : ageSeconds[oldestRow]!,
      standing,
    });
  }
  return backlogs.sort((a, b) => b.usedRatio - a.usedRatio);
}

/** Handshakes that a listener keeps at once; somaxconn bounds a backlog that is not known. */
function backlogMax({ acceptQueueMax }: Listener, limits: KernelLimits): number | null {
  const backlog = acceptQueueMax ?? limits.somaxconn;
  if (limits.synCookies !== 0 || limits.maxSynBacklog === null) return backlog;
  return Math.min(backlog ?? Infinity, Math.ceil(0.75 * limits.maxSynBacklog));
}

/** Whether handshakes stay, and do not come and go. */
function isStuck({ listener, rows, unanswered }: Backlog): boolean {
  return rows.length >= MIN_REQUESTS && (isQueueFull(listener) === true || unanswered * 2 >= rows.length);
}

function causeOf({ listener, rows, unanswered }: Backlog, signs: Signs): Cause | null {
  // The last ACK of a handshake is dropped while the accept queue is full, and the handshake stays.
  if (isQueueFull(listener) ?? listener.acceptQueue > 0) return 'slow_accept';
  if (signs.cause === 'flood' || signs.cause === 'cookies') return signs.cause;
  // A crowd of honest clients is through within a round trip.
  if (rows.length > 0 && unanswered * 2 >= rows.length) return 'flood';
  return signs.cause;
}

function detection(view: View, backlog: Backlog, cause: Cause, signs: Signs): Detection {
  const { listener, labels, rows, max, usedRatio, unanswered, oldestRow, oldestSeconds } = backlog;
  const { table, ageExact } = view.sockets;
  const process = view.processes[listener.owner];
  const addresses = new Set(rows.map((row) => table.remoteAddress.subarray(row * 4, row * 4 + 4).join(' ')));
  return {
    // Cookies keep the service open; a queue that drops does not.
    severity: cause === 'dropping' ? 'critical' : 'warning',
    cause,
    labels,
    count: Math.max(1, rows.length),
    oldestAgeSeconds: oldestSeconds,
    ageExact: oldestRow !== undefined && ageExact[oldestRow] === 1,
    evidence: {
      synRecv: rows.length,
      synBacklogMax: max,
      usedRatio: max === null ? null : usedRatio,
      unanswered,
      remoteAddresses: addresses.size,
      acceptQueue: listener.acceptQueue,
      acceptQueueMax: listener.acceptQueueMax,
      process: process?.name ?? null,
      pid: process?.pid ?? null,
      ...counted(view, signs),
    },
    // Clients whose way back is broken leave the same traces as forged addresses.
    certainty: cause === 'flood' || listener.acceptQueueMax === null ? 'strong' : 'certain',
    rows,
    filter: atListener(listener, 'state syn-recv'),
  };
}

function unplaced(view: View, labels: Detection['labels'], cause: Cause, signs: Signs): Detection {
  return {
    severity: cause === 'dropping' ? 'critical' : 'warning',
    cause,
    labels,
    count: signs.met,
    oldestAgeSeconds: 0,
    ageExact: false,
    evidence: { ...counted(view, signs), listeners: view.listeners.length },
    certainty: cause === 'flood' ? 'strong' : 'certain',
    rows: [],
    filter: 'state syn-recv',
  };
}

function counted({ limits, recent }: View, signs: Signs): Detection['evidence'] {
  const { cookiesSent, cookiesReceived, requestsDropped, otherDrops } = signs;
  return {
    cookiesSent,
    cookiesReceived,
    requestsDropped,
    otherDrops,
    windowSeconds: recent.seconds,
    synCookies: limits.synCookies,
  };
}

function consideration(backlog: Backlog, many: boolean, { warnRatio }: Options): Consideration {
  const { labels, rows, usedRatio, oldestSeconds } = backlog;
  const about = { labels, count: rows.length, state: 'SYN_RECV' } as const;
  return many
    ? {
        ...about,
        reason: 'makes_progress',
        measure: 'seconds',
        value: oldestSeconds,
        threshold: UNANSWERED_SECONDS,
      }
    : { ...about, reason: 'below_limit', measure: 'ratio', value: usedRatio, threshold: warnRatio };
}

function rare(labels: Detection['labels'], met: number, { minDrops }: Options): Consideration {
  return {
    reason: 'rare',
    labels,
    measure: 'sockets',
    value: met,
    threshold: minDrops,
    count: 0,
    state: null,
  };
}
