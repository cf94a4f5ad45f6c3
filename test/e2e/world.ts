import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { Program } from './program.ts';

/** Where a program of the folder programs/ is. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`programs/${name}`, import.meta.url));
}

/** What programs/server.js does with its connections. */
export type Fault = 'sound' | 'closing' | 'unreading' | 'leaking' | 'stalled';

/**
 * The programs and files of one test file. Where the file runs in a network namespace of its own (namespace-pool.ts), all
 * that it starts is there too, with every port free and nobody else on loopback.
 */
export class World {
  readonly #folder = mkdtempSync(join(tmpdir(), 'halfclose-test-'));
  readonly #programs: Program[] = [];
  /** They do not hear of SIGTERM: unshare(1) blocks it while its child runs. */
  readonly #deafPrograms = new Set<Program>();

  /** Writes a file that lasts as long as the world; its path. */
  file(name: string, text: string): string {
    const path = this.path(name);
    writeFileSync(path, text);
    return path;
  }

  /** Where a program may write. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts a program, which is stopped with the world. */
  run(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): Program {
    const program = new Program(name, args, env);
    this.#programs.push(program);
    return program;
  }

  /** Starts a program of programs/ that is written in Perl. */
  perl(name: string, ...args: readonly string[]): Program {
    return this.run('perl', [programPath(name), ...args]);
  }

  /**
   * The same as the first process of a pid namespace of its own, with a /proc that shows nothing else. It has written its
   * first line when this resolves; `run` is what runs Node beside it.
   */
  async perlAlone(name: string, ...args: readonly string[]) {
    const alone = ['--pid', '--fork', '--kill-child', '--mount-proc', 'perl', programPath(name)];
    const program = this.run('unshare', [...alone, ...args]);
    this.#deafPrograms.add(program);
    const line = await program.line();
    const pid = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8').trim();
    const run = { path: 'nsenter', args: [`--target=${pid}`, '--pid', '--mount', process.execPath] };
    return { program, line, run };
  }

  /** Starts a server with a fault of its own; it listens when this resolves. */
  async server(fault: Fault, host = '127.0.0.1'): Promise<{ program: Program; port: number }> {
    const program = this.run(process.execPath, [programPath('server.js'), fault, host]);
    return { program, port: Number(await program.line()) };
  }

  /** Starts a client that does as it is told, under that process name. */
  client(name: string, port: number, host = '127.0.0.1'): Client {
    return new Client(name, this.run(process.execPath, [programPath('client.js'), name, host, `${port}`]));
  }

  /** Stops what still runs, the newest first. */
  async end(): Promise<void> {
    for (const program of this.#programs.reverse()) {
      await program.stop(this.#deafPrograms.has(program) ? 'SIGKILL' : 'SIGTERM');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export class Client {
  readonly pid: number;
  readonly #name: string;
  readonly #program: Program;

  constructor(name: string, program: Program) {
    this.#name = name;
    this.#program = program;
    this.pid = program.pid;
  }

  /** Tells it to, without waiting for it to be done. */
  begins(command: string): void {
    this.#program.write(command);
  }

  /** Resolves when it is done: `leak 20`, `send 3`, `open 1`, `cycle 100`, `close`; see programs/client.js. */
  async does(command: string): Promise<void> {
    this.begins(command);
    const answer = await this.#program.line();
    if (answer !== 'done') throw new Error(`client ${this.#name}: ${command}: ${answer}`);
  }
}

/** Sets a kernel setting of the namespace: `net.ipv4.ip_local_port_range`. */
export function sysctl(name: string, value: string): void {
  writeFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, value);
}

/** The pids in this network namespace whose command line contains the text. */
export function runningHere(text: string): number[] {
  const here = readlinkSync('/proc/self/ns/net');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return readlinkSync(`/proc/${pid}/ns/net`) === here && commandLine.includes(text);
    } catch {
      // It has ended since it was listed.
      return false;
    }
  });
}

/** True where this file runs in a namespace of its own; nothing is to be started otherwise. */
export const isolated = process.env['HALFCLOSE_TEST_NAMESPACE'] === '1';

/** For `beforeEach`: skips, with the reason, what cannot run here. */
export function skipUnlessPossible(context: TestContext, ...programs: string[]): void {
  context.skip(!isolated, 'needs a network namespace of its own: root, with ip and unshare installed');
  const missing = programs.filter((program) => !isInstalled(program));
  context.skip(missing.length > 0, `not installed: ${missing.join(', ')}`);
}

export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;
}
