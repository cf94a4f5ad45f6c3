import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Counters, KernelLimits } from '../model/snapshot.ts';
import type { NetlinkNumbers } from './netlink.ts';

/** What the thread is asked; null asks it to end. */
export interface EntryQuestion {
  readonly id: number;
  /** Each leads to the namespace, as long as it is that of `inode` there. */
  readonly paths: readonly string[];
  readonly inode: number;
  /** Reads counters and limits, and opens a socket only where there are sockets to ask for; false: opens one anyway. */
  readonly read: boolean;
}

export interface EntryAnswer {
  readonly id: number;
  readonly entry: Entry;
}

/** `gone`: no path leads to the namespace any more. */
export type Entry =
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly reason: string }
  | {
      readonly outcome: 'entered';
      /** To be closed soon: it keeps the namespace alive. */
      readonly socket: NetlinkNumbers | null;
      readonly counters: Counters;
      readonly limits: KernelLimits;
      readonly errors: readonly string[];
      /** As of NamespaceInodes; not looked for where only a socket was asked for. */
      readonly procInode: number | null;
    };

export interface NamespaceEntry {
  /** Rejects where the thread dies over it, or the signal aborts; a socket that comes after that is closed. */
  enter(question: Omit<EntryQuestion, 'id'>, signal: AbortSignal): Promise<Entry>;
  close(): void;
}

interface Waiting {
  resolve(entry: Entry): void;
  reject(error: Error): void;
}

/** Threads in a row that end without an answer; after that there is no use in another, which costs some 30 ms. */
const MAX_FUTILE_STARTS = 3;
/** Megabytes; it holds one answer at a time. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

/** Enters network namespaces by a thread of its own, which is started when it is first needed, and again when it has died. */
export function createNamespaceEntry(procfs: string, script: URL): NamespaceEntry {
  let thread: { readonly worker: Worker; readonly waiting: Map<number, Waiting> } | undefined;
  let lastId = 0;
  let futileStarts = 0;
  let lastReason = '';

  function start() {
    const waiting = new Map<number, Waiting>();
    const worker = new Worker(script, {
      workerData: { procfs },
      execArgv: [],
      resourceLimits: THREAD_MEMORY,
    });
    const started = { worker, waiting };
    let cause: Error | undefined;
    futileStarts++;
    worker.on('message', ({ id, entry }: EntryAnswer) => {
      futileStarts = 0;
      const asked = waiting.get(id);
      waiting.delete(id);
      if (asked) asked.resolve(entry);
      else if (entry.outcome === 'entered' && entry.socket) closeSync(entry.socket.descriptor);
    });
    worker.on('error', (error: Error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (thread === started) thread = undefined;
      lastReason = `the thread that enters namespaces has ended: ${cause?.message ?? 'no reason is known'}`;
      for (const { reject } of waiting.values()) reject(new Error(lastReason, { cause }));
    });
    return started;
  }

  return {
    enter(question, signal) {
      if (!thread && futileStarts >= MAX_FUTILE_STARTS) return Promise.reject(new Error(lastReason));
      const { worker, waiting } = (thread ??= start());
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiting.delete(id);
          reject(new Error('reading was stopped before its end'));
        };
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        const done = () => signal.removeEventListener('abort', stop);
        waiting.set(id, {
          resolve(entry) {
            done();
            resolve(entry);
          },
          reject(error) {
            done();
            reject(error);
          },
        });
        worker.postMessage({ id, ...question } satisfies EntryQuestion);
      });
    },
    close() {
      thread?.worker.postMessage(null);
      thread = undefined;
    },
  };
}
