import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SocketRow, SocketsAnswer } from '../../server/model/api.ts';
import type { ObserverConfig } from '../../server/model/config.ts';
import type { FromObserver, SocketsQuery, ToObserver } from '../../server/model/ipc.ts';
import type { Observation } from '../../server/model/observation.ts';
import { DETECTORS } from '../given.ts';

const ENTRY = fileURLToPath(new URL('../../dist/server/observer.js', import.meta.url));

/** No answer has more, whatever is asked for. */
const ROWS_A_PAGE = 1000;
/** Every so often a pass begins between two pages; hardly so often in a row. */
const MAX_LOOKS = 50;

/** Arguments of Node with which an observer tells its memory. */
export const MEASURED = [
  '--expose-gc',
  `--import=${new URL('programs/tell-memory.js', import.meta.url).href}`,
];

interface StartOptions extends Partial<ObserverConfig> {
  /** What runs Node, as `execPath` and `execArgv` of fork(). */
  readonly run?: { readonly path?: string; readonly args: readonly string[] };
}

/**
 * The built observer alone, without a server: more passes, and more rows of them, than the server asks for. It passes as
 * often as a test can use, whatever that costs.
 */
export class Observer {
  readonly #child: ChildProcess;
  #queries = 0;

  constructor({ run, ...config }: StartOptions = {}) {
    this.#child = fork(ENTRY, [], {
      serialization: 'advanced',
      ...(run && { execArgv: [...run.args] }),
      ...(run?.path !== undefined && { execPath: run.path }),
    });
    // Several wait for messages at a time.
    this.#child.setMaxListeners(0);
    this.#send({
      type: 'configure',
      config: {
        procfs: '/proc',
        intervalSeconds: 0.05,
        source: 'auto',
        namespaces: 'host',
        cpuBudget: 1,
        detectors: DETECTORS,
        log: { level: 'warn', format: 'logfmt' },
        ...config,
      },
    });
  }

  /** Of the next pass that begins from now on. */
  async pass(): Promise<Observation> {
    const now = Date.now();
    const next = await this.#message(
      (message) => message.type === 'observation' && message.observation.at >= now,
    );
    return (next as Extract<FromObserver, { type: 'observation' }>).observation;
  }

  /** Every socket, as one full pass had it, and when that was: in milliseconds since 1970. */
  async sockets(): Promise<{ at: number; rows: SocketRow[] }> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const first = await this.#page(0);
      const offsets = Array.from({ length: Math.ceil(first.total / ROWS_A_PAGE) }, (_, i) => i * ROWS_A_PAGE);
      const pages = [first, ...(await Promise.all(offsets.slice(1).map((offset) => this.#page(offset))))];
      if (pages.some(({ at }) => at !== first.at)) continue;
      return { at: Date.parse(first.at), rows: pages.flatMap(({ rows }) => rows) };
    }
    throw new Error(`the observer's passes are too close to read ${ROWS_A_PAGE} rows at a time`);
  }

  /** Bytes of heap and of array buffers that it cannot do without; it must have been started with MEASURED. */
  async memoryBytes(): Promise<number> {
    const told = this.#message((message) => (message.type as string) === 'memory');
    this.#child.kill('SIGUSR2');
    return ((await told) as unknown as { bytes: number }).bytes;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  async #page(offset: number): Promise<SocketsAnswer> {
    const id = ++this.#queries;
    const answered = this.#message((message) => message.type !== 'observation' && message.id === id);
    const query: SocketsQuery = {
      kind: 'sockets',
      filter: { op: 'all' },
      sort: 'local',
      descending: false,
      limit: ROWS_A_PAGE,
      offset,
    };
    this.#send({ type: 'query', id, query });
    const message = await answered;
    if (message.type !== 'answer') throw new Error(`the observer answered ${JSON.stringify(message)}`);
    return message.answer as SocketsAnswer;
  }

  #send(message: ToObserver): void {
    this.#child.send(message);
  }

  #message(isWanted: (message: FromObserver) => boolean): Promise<FromObserver> {
    return new Promise((resolve, reject) => {
      const take = (message: FromObserver) => {
        if (!isWanted(message)) return;
        this.#child.off('message', take).off('exit', fail);
        resolve(message);
      };
      const fail = (code: number | null, signal: string | null) => {
        reject(new Error(`the observer ended with ${signal ?? code}`));
      };
      this.#child.on('message', take).once('exit', fail);
    });
  }
}
