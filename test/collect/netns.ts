import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As built by `npm test`: a Worker of Node.js 20 cannot run TypeScript. */
export const THREAD = new URL('../../dist/server/collect/namespace-thread.js', import.meta.url);

let made = 0;

/** A network namespace that a mount keeps, as `ip netns add` makes it. */
export class Netns {
  readonly name = `halfclose-${process.pid}-${++made}`;
  readonly inode: number;

  constructor() {
    run('ip', 'netns', 'add', this.name);
    this.inode = statSync(`/run/netns/${this.name}`).ino;
    this.run('ip', 'link', 'set', 'lo', 'up');
  }

  /** Runs a program in it; its standard output. */
  run(program: string, ...args: string[]): string {
    return run('ip', 'netns', 'exec', this.name, program, ...args);
  }

  /** May be called twice. */
  remove(): void {
    spawnSync('ip', ['netns', 'delete', this.name]);
  }
}

export function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Runs a module as a user without any right; what it prints, as JSON. */
export function asNobody(script: URL, ...args: string[]): unknown {
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
  return JSON.parse(run('setpriv', ...nobody, process.execPath, fileURLToPath(script), ...args));
}

/** Descriptors of this process that are sockets or network namespaces. */
export function heldDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const link = readlinkSync(`/proc/self/fd/${name}`);
      return /^(socket|net):/.test(link) ? [link] : [];
    } catch {
      return [];
    }
  });
}
