import type { Consideration, Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { View } from '../model/snapshot.ts';
import type { Detector } from '../model/units.ts';
import { nearest } from './considered.ts';
import { recently, recentRate } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { held } from './hold.ts';

type Options = DetectorOptions['reset_storm'];
type Cause = 'unread_at_close' | 'linger_zero' | 'data_after_close' | 'timed_out' | 'refused';

/**
 * Connections that end other than by FIN, many and for long, by the counter that tells of them. The counters are of the
 * namespace: which process it is they do not say, and so the filter shows who may be.
 *
 * Data after close() is counted until the FIN is acknowledged; from then on the connection is a mini-socket (FIN_WAIT2), whose
 * resets only OutRsts counts, as it does those of every scan. Measured on Linux 6.18.
 * Source: the uses of each counter in net/ipv4/tcp.c, tcp_input.c and tcp_timer.c.
 */
export const resetStorm: Detector<'reset_storm'> = {
  name: 'reset_storm',
  defaults: defaultsFor('reset_storm'),
  settleSeconds: ({ minWindow }) => minWindow,
  detect(view, options, stands) {
    const detections: Detection[] = [];
    const considered: Consideration[] = [];
    const opened = recentRate(view, 'Tcp.ActiveOpens') + recentRate(view, 'Tcp.PassiveOpens');
    for (const storm of stormsOf(view)) {
      const perSecond = view.recent.seconds > 0 ? storm.increase / view.recent.seconds : 0;
      if (perSecond === 0) continue;
      const labels = { counter: storm.counter };
      const standing = stands(labels);
      const least = storm.cause === 'timed_out' ? options.minTimeoutsPerSecond : options.minPerSecond;
      // Of what ends nothing may have been opened lately: then the share is the whole.
      const resetRatio = Math.min(1, perSecond / Math.max(storm.of ?? opened, perSecond));
      const isStorm =
        view.recent.seconds >= options.minWindow &&
        perSecond >= held(least, standing) &&
        resetRatio >= held(options.minRatio, standing);
      if (isStorm) detections.push(detection(view, storm, { labels, perSecond, resetRatio, opened }));
      else considered.push(consideration(labels, perSecond, least, resetRatio, options));
    }
    return { detections, considered: nearest(considered) };
  },
};

interface Storm {
  readonly cause: Cause;
  readonly counter: string;
  /** Over the recent window. */
  readonly increase: number;
  /** What it is a share of, a second; of all connections opened where it is left out. */
  readonly of?: number;
  readonly certainty: Detection['certainty'];
  readonly filter: string;
}

function stormsOf(view: View): Storm[] {
  const onData = recently(view, 'TcpExt.TCPAbortOnData');
  const onTimeout = recently(view, 'TcpExt.TCPAbortOnTimeout');
  // SO_LINGER 0 ends a connection in ESTABLISHED or CLOSE_WAIT, which EstabResets counts; data that comes after close() does
  // not. Those that TCPAbortOnClose counts are among EstabResets too, and so is the other end, where it is on this host:
  // then SO_LINGER counts twice, and data after close() as often as SO_LINGER towards another host.
  const lingering = recently(view, 'Tcp.EstabResets') - recently(view, 'TcpExt.TCPAbortOnClose');
  // A connect() that nobody answers counts as failed too, and so does a handshake that the client breaks off.
  const refused = recently(view, 'Tcp.AttemptFails') - recently(view, 'TcpExt.EmbryonicRsts') - onTimeout;
  return [
    {
      cause: 'unread_at_close',
      counter: 'TCPAbortOnClose',
      increase: recently(view, 'TcpExt.TCPAbortOnClose'),
      certainty: 'certain',
      filter: 'state connected and recvq > 0',
    },
    {
      cause: lingering * 2 >= onData ? 'linger_zero' : 'data_after_close',
      counter: 'TCPAbortOnData',
      increase: onData,
      certainty: lingering >= 1.5 * onData || lingering * 2 < onData ? 'strong' : 'suspect',
      filter: 'state connected',
    },
    {
      cause: 'timed_out',
      counter: 'TCPAbortOnTimeout',
      increase: onTimeout,
      certainty: 'certain',
      filter: 'state connected and sendq > 0',
    },
    {
      cause: 'refused',
      counter: 'AttemptFails',
      increase: Math.max(0, refused),
      certainty: 'strong',
      of: recentRate(view, 'Tcp.ActiveOpens'),
      filter: 'state syn-sent',
    },
  ];
}

interface Rates {
  readonly labels: Detection['labels'];
  readonly perSecond: number;
  readonly resetRatio: number;
  readonly opened: number;
}

function detection(view: View, storm: Storm, { labels, perSecond, resetRatio, opened }: Rates): Detection {
  return {
    severity: 'warning',
    cause: storm.cause,
    labels,
    count: storm.increase,
    oldestAgeSeconds: 0,
    ageExact: false,
    evidence: {
      perSecond,
      resetRatio,
      openedPerSecond: opened,
      outResetsPerSecond: recentRate(view, 'Tcp.OutRsts'),
      establishedResetsPerSecond: recentRate(view, 'Tcp.EstabResets'),
      failedAttemptsPerSecond: recentRate(view, 'Tcp.AttemptFails'),
      windowSeconds: view.recent.seconds,
    },
    certainty: storm.certainty,
    rows: [],
    filter: storm.filter,
  };
}

function consideration(
  labels: Detection['labels'],
  perSecond: number,
  least: number,
  resetRatio: number,
  { minRatio }: Options,
): Consideration {
  const about = { reason: 'rare', labels, count: 0, state: null } as const;
  return perSecond >= least
    ? { ...about, measure: 'ratio', value: resetRatio, threshold: minRatio }
    : { ...about, measure: 'perSecond', value: perSecond, threshold: least };
}
