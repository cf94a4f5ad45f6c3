import type { TcpInfo } from '../model/api.ts';
import type { KernelLimits } from '../model/snapshot.ts';

/** TCP_RTO_MIN and TCP_RTO_MAX of include/net/tcp.h, and TCP_TIMEOUT_INIT, the first timeout of a SYN. */
const MIN_TIMEOUT_SECONDS = 0.2;
const MAX_TIMEOUT_SECONDS = 120;
const SYN_TIMEOUT_SECONDS = 1;

/** tcp_orphan_retries of 0 means so many. Source: tcp_orphan_retries() in net/ipv4/tcp_timer.c. */
const ORPHAN_RETRIES = 8;

/**
 * How long the kernel goes on with a connection whose peer acknowledges nothing, at least; null where the setting is not
 * known. It counts in time: that of so many retransmissions at the shortest timeout. Source: tcp_model_timeout() in
 * net/ipv4/tcp_timer.c.
 */
export function givesUpAfterSeconds(
  { retries2, orphanRetries }: KernelLimits,
  isOrphan: boolean,
): number | null {
  const retries = isOrphan && orphanRetries === 0 ? ORPHAN_RETRIES : isOrphan ? orphanRetries : retries2;
  return retries === null ? null : doublings(retries + 1, MIN_TIMEOUT_SECONDS);
}

/** The same for a SYN. Source: tcp_write_timeout() in net/ipv4/tcp_timer.c. */
export function synGivesUpAfterSeconds({ synRetries, synLinearTimeouts }: KernelLimits): number | null {
  if (synRetries === null) return null;
  return (synLinearTimeouts ?? 0) * SYN_TIMEOUT_SECONDS + doublings(synRetries + 1, SYN_TIMEOUT_SECONDS);
}

/**
 * How long so many timeouts have taken, from the present one, which the first was doubled up to. A connection that was
 * retransmitted is silent for about so long, whoever began to watch it when.
 */
export function timeoutsSeconds(
  timeouts: number,
  { retransmissionTimeoutSeconds, backoff }: TcpInfo,
): number {
  const first = retransmissionTimeoutSeconds / 2 ** backoff;
  const doubled = Math.min(timeouts, backoff);
  return doublings(doubled, first) + (timeouts - doubled) * retransmissionTimeoutSeconds;
}

/** The sum of so many timeouts, each twice the one before. */
function doublings(count: number, first: number): number {
  let seconds = 0;
  let timeout = first;
  for (let i = 0; i < count; i++) {
    seconds += Math.min(timeout, MAX_TIMEOUT_SECONDS);
    timeout = Math.min(timeout * 2, MAX_TIMEOUT_SECONDS);
  }
  return seconds;
}
