import { readlinkSync } from 'node:fs';
import type { ObserverConfig } from '../model/config.ts';
import type { Log, Source } from '../model/units.ts';
import { loadSockDiagNetlink } from './netlink.ts';
import { procNetTcp } from './proc-net-tcp.ts';
import { sockDiag } from './sock-diag.ts';

/** Failures in a row after which a source that did work is given up. */
const MAX_FAILURES = 3;
/** How long after that it is tried again. */
const RETRY_SECONDS = 60;

/** Which source the passes read from; `auto` is sock_diag as long as it works, and /proc otherwise. */
export interface SourceChoice {
  /** What to read from now. `nowSeconds` is monotonic. */
  pick(nowSeconds: number): Source;
  /** Why that one was picked: one line. */
  why(): string;
  /** The last read gave all. */
  worked(): void;
  /** It did not. True: another source is to be picked, and read on the same pass. */
  failed(reason: string, nowSeconds: number): boolean;
}

/** `load` rejects where netlink is not to be had. */
export async function chooseSource(
  { source: wanted, procfs }: Pick<ObserverConfig, 'source' | 'procfs'>,
  log: Log,
  load = loadSockDiagNetlink,
): Promise<SourceChoice> {
  const proc = procNetTcp(procfs);
  if (wanted === 'proc') return always(proc, AS_ASKED);
  try {
    if (!isOfThisNamespace(procfs)) {
      throw new Error(`${procfs} does not show this process's network namespace, and sock_diag no other`);
    }
    const diag = sockDiag(await load());
    return wanted === 'sock_diag' ? always(diag, AS_ASKED) : new Fallback(diag, proc, log);
  } catch (error) {
    const reason = `sock_diag: ${messageOf(error)}`;
    if (wanted === 'sock_diag') return always(unavailable(reason), AS_ASKED);
    log.warn({ source: proc.name, reason }, 'sock_diag is not to be had, reading the sockets from elsewhere');
    return always(proc, reason);
  }
}

const AS_ASKED = 'as --collect.source says';

function always(source: Source, why: string): SourceChoice {
  return { pick: () => source, why: () => why, worked: () => undefined, failed: () => false };
}

/** What was asked for and cannot be had: each pass says why. */
function unavailable(reason: string): Source {
  return {
    name: 'sock_diag',
    read() {
      throw new Error(reason);
    },
  };
}

/** Reads from `first`; where that fails, from `second`, and tries the first again from time to time. */
class Fallback implements SourceChoice {
  private readonly first: Source;
  private readonly second: Source;
  private readonly log: Log;
  private picked: Source;
  /** The first has worked since it was picked; until then one failure is enough. */
  private proven = false;
  private failures = 0;
  private retryAtSeconds = 0;
  private reason = '';

  constructor(first: Source, second: Source, log: Log) {
    this.first = first;
    this.second = second;
    this.log = log;
    this.picked = first;
  }

  pick(nowSeconds: number): Source {
    if (this.picked === this.second && nowSeconds >= this.retryAtSeconds) {
      this.picked = this.first;
      this.proven = false;
    }
    return this.picked;
  }

  why(): string {
    return this.picked === this.first ? 'the cheapest source, and it works' : this.reason;
  }

  worked(): void {
    if (this.picked !== this.first) return;
    if (!this.proven) this.log.info({ source: this.first.name }, 'reading the sockets from it');
    this.proven = true;
    this.failures = 0;
  }

  failed(reason: string, nowSeconds: number): boolean {
    if (this.picked !== this.first) return false;
    this.failures++;
    if (this.proven && this.failures < MAX_FAILURES) return false;
    // A source that keeps failing is tried every minute; that is worth one line in the log.
    if (reason !== this.reason) {
      this.log.warn(
        { source: this.second.name, reason },
        'sock_diag fails, reading the sockets from elsewhere',
      );
    }
    this.reason = reason;
    this.picked = this.second;
    this.retryAtSeconds = nowSeconds + RETRY_SECONDS;
    return true;
  }
}

/** sock_diag lists the network namespace of this process; `procfs` may be the mount of another's, or of no kernel at all. */
function isOfThisNamespace(procfs: string): boolean {
  try {
    return readlinkSync(`${procfs}/self/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
