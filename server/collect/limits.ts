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

  function readKeepalive(): KernelLimits['keepalive'] {
    const timeSeconds = read('ipv4/tcp_keepalive_time', parseCount);
    const intervalSeconds = read('ipv4/tcp_keepalive_intvl', parseCount);
    const probes = read('ipv4/tcp_keepalive_probes', parseCount);
    if (timeSeconds === null || intervalSeconds === null || probes === null) return null;
    return { timeSeconds, intervalSeconds, probes };
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
    synCookies: read('ipv4/tcp_syncookies', parseCount),
    somaxconn: read('core/somaxconn', parseCount),
    memoryPages: read('ipv4/tcp_mem', parseMemory),
    maxConntrack: read('netfilter/nf_conntrack_max', parseCount),
    retries1: read('ipv4/tcp_retries1', parseCount),
    retries2: read('ipv4/tcp_retries2', parseCount),
    orphanRetries: read('ipv4/tcp_orphan_retries', parseCount),
    synRetries: read('ipv4/tcp_syn_retries', parseCount),
    synLinearTimeouts: read('ipv4/tcp_syn_linear_timeouts', parseCount),
    keepalive: readKeepalive(),
    receiveBufferBytes: read('ipv4/tcp_rmem', (text) => parseThree(text)?.[1] ?? null),
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
  const three = parseThree(text);
  return three && { low: three[0], pressure: three[1], high: three[2] };
}

function parseThree(text: string): [number, number, number] | null {
  const [, first, second, third] = /^(\d+)\s+(\d+)\s+(\d+)$/.exec(text) ?? [];
  if (first === undefined || second === undefined || third === undefined) return null;
  return [Number(first), Number(second), Number(third)];
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
