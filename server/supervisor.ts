import { fork, type ChildProcess } from 'node:child_process';
import type { ObserverConfig } from './model/config.ts';
import {
  QUERY_TIMEOUT_SECONDS,
  type AnswerTo,
  type FromObserver,
  type Query,
  type ToObserver,
} from './model/ipc.ts';
import type { DownCause, ObserverStatus } from './model/live.ts';
import type { Observation } from './model/observation.ts';
import type { Log } from './model/units.ts';

/** The observer, seen from the server: a child process that is started again when it ends or falls silent. */
export interface Supervisor {
  start(): void;
  status(): ObserverStatus;
  /** The newest Observation there is; see `status` for whether it is stale. */
  latest(): Observation | null;
  /** Asks the observer; rejects with ObserverDown where it does not run, ends or takes too long. */
  query<Q extends Query>(query: Q): Promise<AnswerTo<Q>>;
  stop(): Promise<void>;
}

export interface SupervisorEvents {
  onObservation(observation: Observation): void;
  onStatus(status: ObserverStatus): void;
}

export class ObserverDown extends Error {
  override name = 'ObserverDown';
}

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** An observer that ran this long was well: the next failure starts at the first backoff again. */
const WELL_AFTER_MS = 60_000;
/** No Observation for this long (or ten intervals as it plans them, if longer): the observer hangs, and is killed. */
const MIN_SILENCE_MS = 15_000;
/** That time doubles with each observer in a row that hangs, so often: on a starved host the first pass takes long. */
const MAX_DOUBLINGS = 4;
/** Ticks of this process's own make up that time: while it is stopped itself, nothing is silent. */
const TICKS = 15;
/** Answers wait in the observer behind its pass; more than this at a time are refused. */
const MAX_QUERIES = 64;
const STOP_TIMEOUT_MS = 3_000;

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** `entry` is the path of the observer's compiled entry file. */
export function createSupervisor(
  entry: string,
  config: ObserverConfig,
  events: SupervisorEvents,
  log: Log,
  minSilenceMs = MIN_SILENCE_MS,
): Supervisor {
  let child: ChildProcess | null = null;
  let newest: Observation | null = null;
  let receivedAtMs = 0;
  let startedAtMs = 0;
  let state: ObserverStatus['state'] = 'starting';
  let cause: DownCause | null = null;
  let restarts = 0;
  let backoffMs = FIRST_BACKOFF_MS;
  let restartTimer: NodeJS.Timeout | undefined;
  let silenceTimer: NodeJS.Timeout | undefined;
  /** Observers in a row that were killed for it. */
  let hung = 0;
  /** Why this one was killed; null where it was not. */
  let killedFor: DownCause | null = null;
  let stopping = false;
  let nextQuery = 1;
  const pending = new Map<number, Pending>();

  const status = (): ObserverStatus => ({
    state,
    reason: cause && sayWhy(cause),
    cause,
    restarts,
    observationAgeSeconds: newest ? (performance.now() - receivedAtMs) / 1000 : null,
  });

  function enter(next: ObserverStatus['state'], why: DownCause | null): void {
    if (state === next && cause === why) return;
    state = next;
    cause = why;
    events.onStatus(status());
  }

  function watchForSilence(started: ChildProcess): void {
    const tickMs = minSilenceMs / TICKS;
    const intervalSeconds = newest?.intervalSeconds ?? config.intervalSeconds;
    const limitMs = Math.max(minSilenceMs, 10_000 * intervalSeconds) * 2 ** Math.min(hung, MAX_DOUBLINGS);
    let silentMs = 0;
    clearInterval(silenceTimer);
    silenceTimer = setInterval(() => {
      silentMs += tickMs;
      if (silentMs < limitMs) return;
      const why: DownCause = { kind: 'silent', seconds: limitMs / 1000 };
      clearInterval(silenceTimer);
      hung++;
      killedFor = why;
      log.error({ pid: started.pid, why: sayWhy(why) }, 'observer hangs, killing it');
      enter('down', why);
      started.kill('SIGKILL');
    }, tickMs);
    silenceTimer.unref();
  }

  function start(): void {
    startedAtMs = performance.now();
    killedFor = null;
    let started: ChildProcess;
    try {
      started = fork(entry, [], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        // The columns of its tables are given back to the system when they are freed: with a million sockets that is 80 MB.
        // glibc would soon take blocks of their size from its heap, where they leave holes. Source: mallopt(3).
        env: { MALLOC_MMAP_THRESHOLD_: String(128 * 1024), ...process.env },
      });
    } catch (error) {
      return startAgain({ kind: 'not_started', message: (error as Error).message });
    }
    child = started;
    started.on('message', (message) => receive(started, message as FromObserver));
    started.on('error', (err) => {
      log.error({ err }, 'observer process failed');
      // One that was never there has no end either: the host is out of processes, memory or descriptors.
      if (started.pid === undefined) ended(started, { kind: 'not_started', message: err.message });
    });
    started.once('exit', (code, signal) => {
      ended(started, signal ? { kind: 'signal', signal } : { kind: 'exit', code });
    });
    if (started.pid === undefined) return;
    send(started, { type: 'configure', config });
    watchForSilence(started);
    log.info({ pid: started.pid }, 'observer started');
  }

  function send(to: ChildProcess, message: ToObserver): void {
    // An error here is that of a child that has just ended; its exit event says the rest.
    to.send(message, () => undefined);
  }

  function receive(from: ChildProcess, message: FromObserver): void {
    if (from !== child) return;
    if (message.type === 'observation') {
      newest = message.observation;
      receivedAtMs = performance.now();
      hung = 0;
      watchForSilence(from);
      enter('up', null);
      events.onObservation(message.observation);
      return;
    }
    const query = pending.get(message.id);
    if (!query) return;
    pending.delete(message.id);
    clearTimeout(query.timer);
    if (message.type === 'answer') query.resolve(message.answer);
    else if (message.type === 'unavailable') query.reject(new ObserverDown(message.reason));
    else query.reject(new Error(message.reason));
  }

  function ended(which: ChildProcess, why: DownCause): void {
    if (which !== child) return;
    child = null;
    clearInterval(silenceTimer);
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(new ObserverDown(sayWhy(why)));
    }
    pending.clear();
    if (!stopping) startAgain(killedFor ?? why);
  }

  function startAgain(why: DownCause): void {
    if (performance.now() - startedAtMs > WELL_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
    log.error({ why: sayWhy(why), againInMs: backoffMs }, 'observer down');
    enter('down', why);
    restarts++;
    restartTimer = setTimeout(start, backoffMs);
    backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
  }

  return {
    start,
    status,
    latest: () => newest,
    query<Q extends Query>(query: Q) {
      return new Promise<AnswerTo<Q>>((resolve, reject) => {
        if (!child || state !== 'up')
          return reject(new ObserverDown(cause ? sayWhy(cause) : 'the observer is starting'));
        if (pending.size >= MAX_QUERIES)
          return reject(new ObserverDown(`more than ${MAX_QUERIES} queries at a time`));
        const id = nextQuery++;
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(new ObserverDown(`no answer within ${QUERY_TIMEOUT_SECONDS} s`));
        }, QUERY_TIMEOUT_SECONDS * 1000);
        pending.set(id, { resolve: resolve as (answer: unknown) => void, reject, timer });
        send(child, { type: 'query', id, query });
      });
    },
    async stop() {
      stopping = true;
      clearTimeout(restartTimer);
      clearInterval(silenceTimer);
      const last = child;
      if (!last) return;
      await new Promise<void>((resolve) => {
        const kill = setTimeout(() => last.kill('SIGKILL'), STOP_TIMEOUT_MS);
        last.once('exit', () => {
          clearTimeout(kill);
          resolve();
        });
        // The observer ends when its channel does; so it ends with a server that was killed, too.
        if (last.connected) last.disconnect();
      });
    },
  };
}

function sayWhy(cause: DownCause): string {
  switch (cause.kind) {
    case 'signal':
      return `the observer was ended by ${cause.signal}`;
    case 'exit':
      return `the observer ended with code ${cause.code}`;
    case 'silent':
      return `the observer finished no pass for ${cause.seconds} s`;
    case 'not_started':
      return `the observer cannot be started: ${cause.message}`;
  }
}
