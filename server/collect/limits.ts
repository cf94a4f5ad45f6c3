import { readFileSync } from 'node:fs';
import type { KernelLimits } from '../model/snapshot.ts';

type PortRange = NonNullable<KernelLimits['portRange']>;

/** `errors`: one line for each file that is there and cannot be read or understood; its limit is null. */
export interface LimitRead {
  readonly limits: KernelLimits;
  readonly errors: readonly string[];
}

/**
 * The limits of this process's network namespace that findings speak of. A kernel or namespace without one of them is no
 * error; without all of them it is one, since then `procfs` is not what it should be.
 * Source: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
 */
export function readLimits(procfs: string): LimitRead {
  const errors: string[] = [];
  function read<T>(name: string, parse: (text: string) => T | null): T | null {
    const path = `${procfs}/sys/net/${name}`;
    try {
      const text = readFileSync(path, 'latin1').trim();
      const value = parse(text);
      if (value === null) errors.push(`${path}: cannot be understood: ${JSON.stringify(text.slice(0, 80))}`);
      return value;
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing) errors.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  const portRange = read('ipv4/ip_local_port_range', parsePortRange);
  const limits: KernelLimits = {
    portRange,
    reservedPorts:
      portRange && read('ipv4/ip_local_reserved_ports', (list) => countReservedPorts(list, portRange)),
    maxTimeWait: read('ipv4/tcp_max_tw_buckets', parseCount),
    finTimeoutSeconds: read('ipv4/tcp_fin_timeout', parseCount),
    timeWaitReuse: read('ipv4/tcp_tw_reuse', parseCount),
    maxOrphans: read('ipv4/tcp_max_orphans', parseCount),
    maxSynBacklog: read('ipv4/tcp_max_syn_backlog', parseCount),
    somaxconn: read('core/somaxconn', parseCount),
    memoryPages: read('ipv4/tcp_mem', parseMemory),
    maxConntrack: read('netfilter/nf_conntrack_max', parseCount),
  };
  if (errors.length === 0 && Object.values(limits).every((limit) => limit === null)) {
    errors.push(`${procfs}/sys/net: none of the kernel's TCP limits is there`);
  }
  return { limits, errors };
}

function parseCount(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** `94047	125397	188094`: pages at which the kernel is at ease, begins to save, and refuses. */
function parseMemory(text: string): KernelLimits['memoryPages'] {
  const [, low, pressure, high] = /^(\d+)\s+(\d+)\s+(\d+)$/.exec(text) ?? [];
  if (low === undefined || pressure === undefined || high === undefined) return null;
  return { low: Number(low), pressure: Number(pressure), high: Number(high) };
}

/** `32768	60999`, both ends included. */
export function parsePortRange(text: string): PortRange | null {
  const [, first, last] = /^(\d{1,5})\s+(\d{1,5})$/.exec(text) ?? [];
  const low = Number(first);
  const high = Number(last);
  return low <= high && high <= 65_535 ? { low, high } : null;
}

/**
 * How many ports of the range a list such as `8080,9148,32768-32770` reserves; the empty list reserves none. null where
 * the list cannot be understood, so that it is not taken for an empty one.
 */
export function countReservedPorts(list: string, range: PortRange): number | null {
  const reserved = new Set<number>();
  for (const part of list === '' ? [] : list.split(',')) {
    const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined) return null;
    const high = Math.min(Number(last ?? first), range.high);
    for (let port = Math.max(Number(first), range.low); port <= high; port++) reserved.add(port);
  }
  return reserved.size;
}
