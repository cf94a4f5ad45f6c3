import { readFileSync } from 'node:fs';
import type { Counters } from '../model/snapshot.ts';
import { parseConntrackCount, parseConntrackStat } from './conntrack.ts';

/** `errors`: one line for each file that could not be read; its counters are absent. */
export interface CounterRead {
  readonly counters: Counters;
  readonly errors: readonly string[];
}

interface CounterFile {
  readonly path: string;
  readonly parse: (text: string) => [name: string, value: number][];
  /** The kernel has no such file where IPv6 is off, or connections are not tracked. */
  readonly optional?: true;
}

const FILES: readonly CounterFile[] = [
  { path: 'net/snmp', parse: parseSnmp },
  { path: 'net/netstat', parse: parseSnmp },
  { path: 'net/sockstat', parse: (text) => parseSockstat('sockstat', text) },
  { path: 'net/sockstat6', parse: (text) => parseSockstat('sockstat6', text), optional: true },
  // Some kernels are built without the first, and /proc/PID does not have the second: either gives the count.
  { path: 'net/stat/nf_conntrack', parse: parseConntrackStat, optional: true },
  { path: 'sys/net/netfilter/nf_conntrack_count', parse: parseConntrackCount, optional: true },
];

/** The TCP counters, and those of connection tracking, of this process's network namespace. A file that cannot be read does not keep the others back. */
export function readCounters(procfs: string): CounterRead {
  const found: [string, number][] = [];
  const errors: string[] = [];
  for (const { path, parse, optional } of FILES) {
    try {
      found.push(...parse(readFileSync(`${procfs}/${path}`, 'latin1')));
    } catch (error) {
      if (optional && error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      errors.push(`${procfs}/${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { counters: Object.fromEntries(found), errors };
}

/**
 * `Tcp.*` and `TcpExt.*` of /proc/net/snmp or netstat: pairs of lines, the names and the values of a section. A pair that
 * does not match, or a value that is no integer, is left out.
 * Source: snmp_seq_show() and netstat_seq_show() in net/ipv4/proc.c.
 */
export function parseSnmp(text: string): [name: string, value: number][] {
  const counters: [string, number][] = [];
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  for (const [i, names] of lines.entries()) {
    const values = lines[i + 1];
    const section = names[0];
    if (section !== 'Tcp:' && section !== 'TcpExt:') continue;
    if (values?.[0] !== section || values.length !== names.length || isInteger(names[1])) continue;
    for (let column = 1; column < names.length; column++) {
      const value = values[column];
      if (isInteger(value)) counters.push([`${section.slice(0, -1)}.${names[column]}`, Number(value)]);
    }
  }
  return counters;
}

/**
 * `sockstat.TCP.inuse` and so on: the TCP lines of /proc/net/sockstat or sockstat6, which are pairs of name and value.
 * Source: sockstat_seq_show() in net/ipv4/proc.c, sockstat6_seq_show() in net/ipv6/proc.c.
 */
export function parseSockstat(prefix: string, text: string): [name: string, value: number][] {
  const counters: [string, number][] = [];
  for (const line of text.split('\n')) {
    const [section, ...pairs] = line.trim().split(/\s+/);
    if (section !== 'TCP:' && section !== 'TCP6:') continue;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const value = pairs[i + 1];
      if (isInteger(value)) counters.push([`${prefix}.${section.slice(0, -1)}.${pairs[i]}`, Number(value)]);
    }
  }
  return counters;
}

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^-?\d+$/.test(text);
}

/**
 * False where a namespace has no TCP socket, so that the walk through the kernel's tables, which it shares with all others,
 * can be saved. Counted are sockets that are connected or listen, and mini-sockets (TIME_WAIT, FIN_WAIT2); a request socket
 * has its listener. Not counted, and so not found, are sockets that are bound and no more, where there is no other.
 * Source: sock_prot_inuse_add() in net/ipv4/inet_hashtables.c; `tw` is of both families.
 */
export function mayHaveSockets(counters: Counters): boolean {
  const inuse = counters['sockstat.TCP.inuse'];
  const miniSockets = counters['sockstat.TCP.tw'];
  if (inuse === undefined || miniSockets === undefined) return true;
  return inuse + miniSockets + (counters['sockstat6.TCP6.inuse'] ?? 0) > 0;
}
