import { execFileSync } from 'node:child_process';
import type { SocketRow } from '../../server/model/api.ts';
import type { TimerKind } from '../../server/model/socket-table.ts';
import { SS_STATE, STATES, type State } from '../../server/model/state.ts';

/** A socket as `ss` and the observer both tell it; timers without the time that they have left. */
export interface Told {
  readonly state: State;
  readonly family: SocketRow['family'];
  readonly local: string;
  readonly remote: string;
  readonly recvQueueBytes: number;
  /** Of a listener the accept queue's maximum; null where the source does not know it. */
  readonly sendQueueBytes: number | null;
  readonly uid: number;
  readonly inode: number;
  readonly timer: { readonly kind: TimerKind; readonly tries: number } | null;
  /** Received, its limit, queued to send, its limit, drops; null where there is none, and where the source does not know. */
  readonly memoryBytes: readonly number[] | null;
  /** Of the processes that hold it. */
  readonly pids: readonly number[];
}

interface SocketOfSs {
  readonly cookie: number;
  readonly told: Told;
}

/** What `ss` tells of all TCP sockets of this network namespace, and their cookies. */
export function socketsOfSs(): SocketOfSs[] {
  // The dump is large where connections are many.
  const output = execFileSync('ss', ['-tanoempHO'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return output.split('\n').filter(Boolean).map(parseLine);
}

// In its output ss abbreviates what its filters spell out.
const ABBREVIATED: Readonly<Record<string, string>> = {
  LISTEN: 'listening',
  ESTAB: 'established',
  UNCONN: 'closed',
};

/** In the order of inet_diag's numbers. Source: print_timer() of iproute2's ss. */
const TIMERS: Readonly<Record<string, TimerKind>> = {
  on: 'retransmit',
  keepalive: 'keepalive',
  timewait: 'time_wait',
  persist: 'probe',
};

function parseLine(line: string): SocketOfSs {
  const [word = '', recvQueue, sendQueue, local = '', remote = ''] = line.split(/\s+/);
  const state = STATES.find((each) => SS_STATE[each] === (ABBREVIATED[word] ?? word.toLowerCase()));
  if (state === undefined) throw new Error(`ss wrote a state that is none: ${line}`);
  const timer = /\btimer:\((\w+),[^,]*,(\d+)\)/.exec(line);
  const memory = /\bskmem:\(r(\d+),rb(\d+),t\d+,tb(\d+),f-?\d+,w(\d+),.*?d(\d+)\)/.exec(line);
  const told: Told = {
    state,
    family: /^[[*]/.test(local) ? 'ipv6' : 'ipv4',
    local: endpoint(local),
    remote: endpoint(remote),
    recvQueueBytes: Number(recvQueue),
    sendQueueBytes: Number(sendQueue),
    // ss writes what is not 0.
    uid: Number(/\buid:(\d+)/.exec(line)?.[1] ?? 0),
    inode: Number(/\bino:(\d+)/.exec(line)?.[1] ?? 0),
    timer: timer && { kind: TIMERS[timer[1]!] ?? 'none', tries: Number(timer[2]) },
    memoryBytes: memory && [1, 2, 4, 3, 5].map((group) => Number(memory[group])),
    pids: [...new Set(Array.from(line.matchAll(/\bpid=(\d+)/g), ([, pid]) => Number(pid)))],
  };
  return { told, cookie: Number(`0x${/\bsk:([\da-f]+)/.exec(line)?.[1]}`) };
}

/** `*` is every address, or no port; an IPv4-mapped address is shown as the IPv4 address that it is. */
function endpoint(text: string): string {
  return text
    .replace(/^\[::ffff:([\d.]+)\]/, '$1')
    .replace(/^\*:/, '[::]:')
    .replace(/:\*$/, ':0');
}

/** The same of a row of the API. */
export function asTold(row: SocketRow): Told {
  const { state, family, local, remote, recvQueueBytes, sendQueueBytes, uid, inode, timer } = row;
  const memory = row.tcpInfo?.memory;
  const isProbing = timer?.kind === 'keepalive' || timer?.kind === 'probe';
  return {
    state,
    family,
    local: formatted(local),
    remote: formatted(remote),
    recvQueueBytes,
    sendQueueBytes,
    uid,
    inode,
    timer: timer && { kind: timer.kind, tries: isProbing ? timer.probes : timer.retransmits },
    memoryBytes: memory
      ? [
          memory.receivedBytes,
          memory.receiveLimitBytes,
          memory.sendQueuedBytes,
          memory.sendLimitBytes,
          memory.drops,
        ]
      : null,
    // ss knows of no process for what waits in an accept queue; here it is the listener's.
    pids: row.process && row.processUnknown === 'none' ? [row.process.pid] : [],
  };
}

function formatted({ address, port }: SocketRow['local']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
