import { spawn, type ChildProcess } from 'node:child_process';

/** Between the polite signal and the one that cannot be ignored; after that, and after its exit, nothing is awaited longer. */
const GRACE_SECONDS = 2;

export interface ProgramOptions {
  /** The program, found by PATH, and its arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly timeoutSeconds: number;
  /** Of standard output and standard error together; the rest is read and thrown away. */
  readonly maxOutputBytes: number;
}

/**
 * `failed`: it could not be started. `stopped`: it was killed, since it took too long or `signal` was aborted; also where
 * it then ended with code 0. `killed`: by somebody else. `exited`: by itself.
 */
export type ProgramEnd =
  | { readonly end: 'failed'; readonly error: NodeJS.ErrnoException }
  | { readonly end: 'stopped'; readonly why: 'timeout' | 'aborted'; readonly output: Output }
  | { readonly end: 'killed'; readonly signal: NodeJS.Signals; readonly output: Output }
  | { readonly end: 'exited'; readonly code: number; readonly output: Output };

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program, without a shell, as the leader of a session and process group of its own, so that it is killed with all
 * that it has started: when it takes too long (SIGTERM, then SIGKILL), and what is left of the group when it exits. Only what has
 * left the group (setsid, daemons) escapes. Never rejects; the program has been waited for when it resolves, unless even
 * SIGKILL does not end it, because it sleeps in the kernel or belongs to another user.
 * Source: https://nodejs.org/api/child_process.html#optionsdetached, kill(2)
 */
export function runProgram(options: ProgramOptions, signal: AbortSignal): Promise<ProgramEnd> {
  const { argv, env, input, timeoutSeconds, maxOutputBytes } = options;
  return new Promise((resolve) => {
    if (signal.aborted)
      return resolve({ end: 'stopped', why: 'aborted', output: { stdout: '', stderr: '' } });
    let child: ChildProcess;
    try {
      child = spawn(argv[0] ?? '', argv.slice(1), { env, detached: true, stdio: 'pipe' });
    } catch (err) {
      // Some errors of execve() are thrown, the others are told by an event.
      return resolve({ end: 'failed', error: err as NodeJS.ErrnoException });
    }
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let room = maxOutputBytes;
    let exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null;
    let stopped: 'timeout' | 'aborted' | null = null;
    let timer = setTimeout(() => stop('timeout'), timeoutSeconds * 1000);
    const abort = () => stop('aborted');
    signal.addEventListener('abort', abort);

    const keep = (from: 'stdout' | 'stderr') => (chunk: Buffer) => {
      if (room > 0) chunks[from].push(chunk.subarray(0, room));
      room -= Math.min(room, chunk.byteLength);
    };
    const settle = (end: ProgramEnd) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve(end);
    };
    const finish = () => {
      const text = (from: 'stdout' | 'stderr') => Buffer.concat(chunks[from]).toString();
      const output = { stdout: text('stdout'), stderr: text('stderr') };
      if (stopped) settle({ end: 'stopped', why: stopped, output });
      else if (exit?.signal) settle({ end: 'killed', signal: exit.signal, output });
      else settle({ end: 'exited', code: exit?.code ?? -1, output });
    };
    function stop(why: 'timeout' | 'aborted'): void {
      if (stopped || exit) return;
      stopped = why;
      signalGroup(child, 'SIGTERM');
      clearTimeout(timer);
      timer = setTimeout(() => {
        signalGroup(child, 'SIGKILL');
        timer = setTimeout(finish, GRACE_SECONDS * 1000);
      }, GRACE_SECONDS * 1000);
    }

    child.on('error', (error) => {
      if (child.pid === undefined) settle({ end: 'failed', error });
    });
    child.on('exit', (code, by) => {
      exit = { code, signal: by };
      signalGroup(child, 'SIGKILL');
      clearTimeout(timer);
      // Its output ends at once, unless something that escaped holds it open.
      timer = setTimeout(finish, GRACE_SECONDS * 1000);
    });
    child.on('close', () => {
      if (exit) finish();
    });
    // Where no descriptors are left there are no streams; an error says so then.
    child.stdout?.on('data', keep('stdout'));
    child.stderr?.on('data', keep('stderr'));
    // It need not read its input: EPIPE is its own affair.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nothing is left of it. EPERM: all that is left belongs to another user.
  }
}
