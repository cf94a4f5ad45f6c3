import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a program ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

/** What is asked to stop and has not ended by then is killed. */
const PATIENCE_MS = 10_000;

/** A running program: its lines, its errors and its end. */
export class Program {
  /** What it has written to standard error so far. */
  errorOutput = '';
  readonly ended: Promise<Ending>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#name = name;
    const child = spawn(name, args, { stdio: 'pipe', env });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errorOutput += text));
    // A program that has gone does not read what it is told; its end is told by `ended`.
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(signal ?? code ?? 0));
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start`);
    return this.#child.pid;
  }

  /** The next line of its standard output. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done) throw new Error(`${this.#name} ended with ${await this.ended}: ${this.errorOutput}`);
    return next.value;
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    this.#child.kill(signal);
    try {
      return await this.ended;
    } finally {
      clearTimeout(patience);
    }
  }
}
