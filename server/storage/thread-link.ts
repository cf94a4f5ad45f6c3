import { Worker } from 'node:worker_threads';
import type {
  AnswerOf,
  Call,
  Kind,
  Outcome,
  Reply,
  StoreOptions,
  ThreadData,
  ThreadStatus,
} from './protocol.ts';
import type { PendingAside } from './store-file.ts';

/** What waits for the thread at most; the oldest samples are dropped, other calls refused. */
const MAX_WAITING = { journal: 5000, samples: 600, queries: 32 };
type Lane = keyof typeof MAX_WAITING;
/** The alerts' memory goes first; a query waits until every sample before it is written. */
const LANES: readonly Lane[] = ['journal', 'samples', 'queries'];
const LANE: Readonly<Record<Kind, Lane>> = {
  open: 'journal',
  write: 'journal',
  list: 'journal',
  get: 'journal',
  append: 'samples',
  query: 'queries',
  series: 'queries',
  // In the order of the samples, which are dropped where too many wait; whoever writes them is told, and writes again.
  writeEpisodes: 'samples',
  openEpisodes: 'queries',
  episodesAt: 'queries',
  episodesBetween: 'queries',
  close: 'queries',
};

/** A call that needs a new thread this often is given up. */
const MAX_ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** Megabytes; the largest thing that it holds is an answer. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

interface Waiting {
  readonly call: Call;
  attempts: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export interface LinkEvents {
  onStatus(status: ThreadStatus): void;
  /** It died, or could not be started, and is started again. */
  onDeath(message: string): void;
}

/** The thread that owns the store, seen from the server. It is started again when it dies. */
export interface ThreadLink {
  /** How long the thread has been at the call that it is carrying out; 0 where there is none. */
  busyMs(): number;
  /** Rejects where the call fails, the thread dies over it, or too much waits already. */
  call<K extends Kind>(call: Extract<Call, { kind: K }>): Promise<AnswerOf<K>>;
  /** Carries out what waits, and ends the thread; or ends it anyway after so many milliseconds. */
  close(withinMs: number): Promise<void>;
}

export function createThreadLink(script: URL, options: StoreOptions, events: LinkEvents): ThreadLink {
  const waiting: Record<Lane, Waiting[]> = { journal: [], samples: [], queries: [] };
  let worker: Worker | null = null;
  let current: Waiting | null = null;
  let currentSince = 0;
  let backoffMs = FIRST_BACKOFF_MS;
  let restartTimer: NodeJS.Timeout | undefined;
  let pending: PendingAside | null = null;
  let isClosed = false;

  function start(): void {
    const workerData: ThreadData = { options, pending };
    const started = new Worker(script, { workerData, execArgv: [], resourceLimits: THREAD_MEMORY });
    worker = started;
    let cause = 'no reason is known';
    let isAskedToStartAgain = false;
    started.on('message', (reply: Reply) => {
      if ('startAgain' in reply) {
        isAskedToStartAgain = true;
        pending = reply.pending;
        return;
      }
      backoffMs = FIRST_BACKOFF_MS;
      events.onStatus(reply.status);
      const done = current;
      current = null;
      if (done) settle(done, reply.outcome);
      next();
    });
    started.on('error', (error: Error) => {
      cause = error.message;
    });
    started.on('exit', () => {
      worker = null;
      if (isAskedToStartAgain && !isClosed) startAgain();
      else died(`the thread of the store has ended: ${cause}`);
    });
    next();
  }

  /** What it was asked when it found that it needs to, it is asked again. */
  function startAgain(): void {
    if (current && ++current.attempts >= MAX_ATTEMPTS) {
      current.reject(new Error('the store was begun anew over it, again and again'));
      current = null;
    }
    if (current) waiting[LANE[current.call.kind]].unshift(current);
    current = null;
    start();
  }

  function died(message: string): void {
    if (isClosed) return;
    events.onDeath(message);
    // What it was at may be what it died of; what was only waiting, too, is for its caller to ask again.
    const lost = [current, ...waiting.journal.splice(0), ...waiting.queries.splice(0)];
    current = null;
    for (const each of lost) each?.reject(new Error(message));
    restartTimer = setTimeout(start, backoffMs);
    restartTimer.unref();
    backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
  }

  function next(): void {
    if (current || !worker) return;
    worker.ref();
    for (const lane of LANES) {
      const first = waiting[lane].shift();
      if (!first) continue;
      current = first;
      currentSince = performance.now();
      worker.postMessage(first.call);
      return;
    }
    // A thread that has nothing to do keeps nobody from ending.
    worker.unref();
  }

  function enqueue<K extends Kind>(call: Extract<Call, { kind: K }>): Promise<AnswerOf<K>> {
    return new Promise((resolve, reject) => {
      const lane = LANE[call.kind];
      const queue = waiting[lane];
      if (queue.length >= MAX_WAITING[lane]) {
        const busy = new Error(`the store is busy: ${queue.length} calls wait for the disk`);
        if (lane !== 'samples') return reject(busy);
        queue.shift()?.reject(busy);
      }
      queue.push({ call, attempts: 0, resolve: resolve as (answer: unknown) => void, reject });
      next();
    });
  }

  start();
  return {
    busyMs: () => (current ? performance.now() - currentSince : 0),
    call: (call) => (isClosed ? Promise.reject(new Error('the store is closed')) : enqueue(call)),
    async close(withinMs) {
      if (isClosed) return;
      const ended = worker && new Promise((resolve) => worker?.once('exit', resolve));
      if (worker) void enqueue<'close'>({ kind: 'close' }).catch(() => undefined);
      isClosed = true;
      clearTimeout(restartTimer);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, withinMs)))]);
      clearTimeout(timer);
      const lost = [current, ...LANES.flatMap((lane) => waiting[lane].splice(0))];
      for (const each of lost) each?.reject(new Error('the store was closed before it came to that'));
      // A disk that does not answer holds the thread: to wait for its end would be to wait for the disk.
      void worker?.terminate();
    },
  };
}

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.answer);
  else reject(new Error(outcome.message));
}
