import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

const SOCKETS = fileURLToPath(new URL('sockets.js', import.meta.url));

/** A process with sockets in a network namespace of its own; /proc/PID/net lists them for whoever looks. */
export interface World {
  readonly pid: number;
  readonly procfs: string;
  /** Tells it to do something (see sockets.js), and waits for its answer. */
  tell(command: string): Promise<string>;
  /** Runs a program in the namespace; its standard output. */
  run(program: string, ...args: string[]): string;
  end(): Promise<void>;
}

const possible = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0;

/** For `beforeEach`: skips, with the reason, where no namespace can be made. */
export function skipUnlessPossible(context: TestContext): void {
  context.skip(!possible, 'needs a network namespace of its own: root, with unshare installed');
}

/**
 * undefined where it is not possible: tests skip then. `buckets`: size of a hash table of its own for its connections,
 * which namespaces share otherwise.
 */
export async function openWorld({ buckets }: { buckets?: number } = {}): Promise<World | undefined> {
  if (!possible) return undefined;
  const program = ['--net', process.execPath, SOCKETS];
  // The setting is for the namespaces that are made below the one it is made in.
  const nested = `echo ${buckets} > /proc/sys/net/ipv4/tcp_child_ehash_entries && exec unshare "$0" "$@"`;
  const args = buckets === undefined ? program : ['--net', 'sh', '-c', nested, ...program];
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const line = await lines.next();
    if (line.done) throw new Error('the process with the sockets has ended');
    return line.value;
  };
  await answer();
  const pid = child.pid ?? 0;
  return {
    pid,
    procfs: `/proc/${pid}`,
    tell(command) {
      child.stdin.write(`${command}\n`);
      return answer();
    },
    run(program, ...args) {
      const { status, stdout, stderr } = spawnSync(
        'nsenter',
        ['--net', '--target', `${pid}`, program, ...args],
        {
          encoding: 'utf8',
        },
      );
      if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
      return stdout;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
