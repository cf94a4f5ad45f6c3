import { fork, type ChildProcess } from 'node:child_process';
import type { ObserverConfig } from './model/config.ts';
import type { AnswerTo, FromObserver, Query, ToObserver } from './model/ipc.ts';
import type { ObserverStatus } from './model/live.ts';
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
/** Longer than any pass over a million sockets takes, shorter than a person waits. */
const QUERY_TIMEOUT_MS = 10_000;
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
): Supervisor {
  let child: ChildProcess | null = null;
  let newest: Observation | null = null;
  let receivedAtMs = 0;
  let startedAtMs = 0;
  let state: ObserverStatus['state'] = 'starting';
  let reason: string | null = null;
  let restarts = 0;
  let backoffMs = FIRST_BACKOFF_MS;
  let restartTimer: NodeJS.Timeout | undefined;
  let silenceTimer: NodeJS.Timeout | undefined;
  let stopping = false;
  let nextQuery = 1;
  const pending = new Map<number, Pending>();

  const status = (): ObserverStatus => ({
    state,
    reason,
    restarts,
    observationAgeSeconds: newest ? (performance.now() - receivedAtMs) / 1000 : null,
  });

  function enter(next: ObserverStatus['state'], why: string | null): void {
    if (state === next && reason === why) return;
    state = next;
    reason = why;
    events.onStatus(status());
  }

  function watchForSilence(started: ChildProcess, intervalSeconds: number): void {
    const silenceMs = Math.max(MIN_SILENCE_MS, intervalSeconds * 10_000);
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      const why = `no pass finished for ${silenceMs / 1000} s`;
      log.error({ pid: started.pid, why }, 'observer hangs, killing it');
      enter('down', why);
      started.kill('SIGKILL');
    }, silenceMs);
    silenceTimer.unref();
  }

  function start(): void {
    startedAtMs = performance.now();
    const started = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child = started;
    started.on('message', (message) => receive(started, message as FromObserver));
    started.on('error', (err) => log.error({ err }, 'observer process failed'));
    started.once('exit', (code, signal) => ended(started, code, signal));
    send(started, { type: 'configure', config });
    watchForSilence(started, config.intervalSeconds);
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
      watchForSilence(from, message.observation.intervalSeconds);
      enter('up', null);
      events.onObservation(message.observation);
      return;
    }
    const query = pending.get(message.id);
    if (!query) return;
    pending.delete(message.id);
    clearTimeout(query.timer);
    if (message.type === 'answer') query.resolve(message.answer);
    else query.reject(new Error(message.reason));
  }

  function ended(which: ChildProcess, code: number | null, signal: string | null): void {
    if (which !== child) return;
    child = null;
    clearTimeout(silenceTimer);
    const why = signal ? `the observer was ended by ${signal}` : `the observer ended with code ${code}`;
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(new ObserverDown(why));
    }
    pending.clear();
    if (stopping) return;
    if (performance.now() - startedAtMs > WELL_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
    log.error({ why, againInMs: backoffMs }, 'observer down');
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
        if (!child || state !== 'up') return reject(new ObserverDown(reason ?? 'the observer is starting'));
        if (pending.size >= MAX_QUERIES)
          return reject(new ObserverDown(`more than ${MAX_QUERIES} queries at a time`));
        const id = nextQuery++;
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(new ObserverDown(`no answer within ${QUERY_TIMEOUT_MS / 1000} s`));
        }, QUERY_TIMEOUT_MS);
        pending.set(id, { resolve: resolve as (answer: unknown) => void, reject, timer });
        send(child, { type: 'query', id, query });
      });
    },
    async stop() {
      stopping = true;
      clearTimeout(restartTimer);
      clearTimeout(silenceTimer);
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
