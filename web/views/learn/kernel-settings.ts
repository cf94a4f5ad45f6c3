import type { KernelLimits } from '../../../server/model/snapshot.ts';
import type { ViewLearnTexts } from '../../../server/model/texts/view-learn.en.ts';
import type { Format } from '../../format.ts';

/** The names that sysctl(8) knows them by. */
export const SYSCTL: Readonly<Record<keyof KernelLimits, string>> = {
  portRange: 'ip_local_port_range',
  reservedPorts: 'ip_local_reserved_ports',
  maxTimeWait: 'tcp_max_tw_buckets',
  finTimeoutSeconds: 'tcp_fin_timeout',
  timeWaitReuse: 'tcp_tw_reuse',
  maxOrphans: 'tcp_max_orphans',
  maxSynBacklog: 'tcp_max_syn_backlog',
  synCookies: 'tcp_syncookies',
  somaxconn: 'net.core.somaxconn',
  memoryPages: 'tcp_mem',
  maxConntrack: 'nf_conntrack_max',
  retries1: 'tcp_retries1',
  retries2: 'tcp_retries2',
  orphanRetries: 'tcp_orphan_retries',
  synRetries: 'tcp_syn_retries',
  synLinearTimeouts: 'tcp_syn_linear_timeouts',
  keepalive: 'tcp_keepalive_*',
  receiveBufferBytes: 'tcp_rmem',
};

/** A kernel setting of this host in words; null where it is not known. */
export function writtenLimit(
  limits: KernelLimits,
  key: keyof KernelLimits,
  texts: ViewLearnTexts['kernel'],
  format: Format,
): string | null {
  const value = limits[key];
  if (value === null) return null;
  if (typeof value === 'number')
    return key === 'finTimeoutSeconds' ? format.duration(value) : format.count(value);
  if ('probes' in value) {
    const { timeSeconds, intervalSeconds, probes } = value;
    return texts.keepalive(
      format.duration(timeSeconds),
      format.duration(intervalSeconds),
      format.count(probes),
    );
  }
  // Port numbers are names: they take no separators.
  if ('pressure' in value) {
    return texts.pages(format.count(value.low), format.count(value.pressure), format.count(value.high));
  }
  return texts.ports(String(value.low), String(value.high));
}
