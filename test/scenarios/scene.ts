import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Netns, run } from '../collect/netns.ts';
import { childrenOf } from '../e2e/halfclose.ts';
import { Program } from '../e2e/program.ts';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
const E2E_PROGRAMS = fileURLToPath(new URL('../e2e/programs/', import.meta.url));
/** Debian's own: another on PATH may be a script around it, with another process name. */
export const PYTHON = '/usr/bin/python3';

/** A host of a scene: a network namespace with a loopback and one network card. */
export class Host {
  readonly address: string;
  readonly address6: string;
  readonly #netns = new Netns();
  readonly #processes: Processes;
  readonly #folder: string;
  #rules = 0;

  constructor(number: number, processes: Processes, folder: string) {
    this.address = `10.77.0.${number}`;
    this.address6 = `fd77::${number}`;
    this.#processes = processes;
    this.#folder = folder;
  }

  /** Plugs one end of a cable into each. */
  connect(other: Host): void {
    const cable = ['cable', 'netns', this.#netns.name, 'type', 'veth'];
    run('ip', 'link', 'add', ...cable, 'peer', 'name', 'cable', 'netns', other.#netns.name);
    for (const host of [this, other]) {
      host.run('ip', 'address', 'add', `${host.address}/24`, 'dev', 'cable');
      host.run('ip', 'address', 'add', `${host.address6}/64`, 'dev', 'cable', 'nodad');
      host.run('ip', 'link', 'set', 'cable', 'up');
    }
  }

  /** A command that runs another here. */
  get prefix(): readonly [string, ...string[]] {
    return ['nsenter', `--net=/run/netns/${this.#netns.name}`, ...this.#processes.enter, '--'];
  }

  /** Runs a program here to its end; its standard output. */
  run(program: string, ...args: string[]): string {
    return this.#netns.run(program, ...args);
  }

  /** Starts a program here, which ends with the scene. */
  start(name: string, args: readonly string[]): Program {
    const [nsenter, ...into] = this.prefix;
    return new Program(nsenter, [...into, name, ...args]);
  }

  /** Starts programs/sockets.py under a process name. */
  sockets(name: string, descriptorLimit?: number): Told {
    return new Told(this.startLimited(descriptorLimit, PYTHON, [join(PROGRAMS, 'sockets.py'), name]));
  }

  /** Starts a program of programs/ by Node.js. */
  node(file: string, ...args: string[]): Program {
    return this.start(process.execPath, [join(PROGRAMS, file), ...args]);
  }

  python(file: string, ...args: string[]): Program {
    return this.start(PYTHON, [join(PROGRAMS, file), ...args]);
  }

  /** Starts e2e/programs/server.js: a Node.js server with a fault of its own; its port. */
  async server(fault: string, host = this.address): Promise<number> {
    return Number(await this.start(process.execPath, [join(E2E_PROGRAMS, 'server.js'), fault, host]).line());
  }

  /** Starts e2e/programs/client.js: a Node.js client on command. */
  client(name: string, port: number, host: string, descriptorLimit?: number): Told {
    const args = [join(E2E_PROGRAMS, 'client.js'), name, host, String(port)];
    return new Told(this.startLimited(descriptorLimit, process.execPath, args));
  }

  private startLimited(descriptorLimit: number | undefined, name: string, args: readonly string[]): Program {
    if (descriptorLimit === undefined) return this.start(name, args);
    return this.start('prlimit', [`--nofile=${descriptorLimit}`, name, ...args]);
  }

  /** Resolves when somebody listens at that port. */
  async listens(port: number): Promise<void> {
    while (this.run('ss', '-Htln', `sport = :${port}`).trim() === '') await sleep(50);
  }

  /**
   * Resolves when so many connections came in by that port, and all that they brought has been read. An end that arrives
   * before is read with the data, by a program that does not see it.
   */
  async hasRead(port: number, connections: number): Promise<void> {
    const queued = () =>
      this.run('ss', '-Htn', 'state', 'established', `sport = :${port}`).match(/^\d+/gm) ?? [];
    for (let now = queued(); now.length < connections || now.some((bytes) => bytes !== '0'); now = queued()) {
      await sleep(50);
    }
  }

  /** Kills what has that process name in the scene, and waits for no one. */
  kills(name: string): void {
    const [nsenter, ...into] = this.prefix;
    run(
      nsenter,
      ...into,
      'sh',
      '-c',
      `for pid in $(grep -lx '${name}' /proc/[0-9]*/comm | cut -d/ -f3); do kill -9 $pid; done`,
    );
  }

  /** Writes a file that lasts as long as the scene; its path. */
  file(name: string, text: string): string {
    const path = this.path(name);
    writeFileSync(path, text);
    return path;
  }

  /** Where a program of the scene may write. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** `net.ipv4.tcp_tw_reuse` */
  sysctl(name: string, value: string): void {
    this.run('sysctl', '-qw', `${name}=${value}`);
  }

  /** Drops packets from now on: `drops('output', 'tcp dport 80')`, in the words of nft(8). */
  drops(hook: 'input' | 'output', match: string): void {
    const chain = `inet scenario ${hook}${++this.#rules}`;
    this.run('nft', 'add table inet scenario');
    this.run('nft', `add chain ${chain} { type filter hook ${hook} priority 0 ; }`);
    this.run('nft', `add rule ${chain} ${match} drop`);
  }

  /** Ends what `drops` began. */
  dropsNothing(): void {
    this.run('nft', 'delete table inet scenario');
  }

  /** When its programs have ended. */
  remove(): void {
    this.#netns.remove();
  }
}

/** A program that is told by lines what to do, and answers each by `done`. */
export class Told {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Resolves when all is done. */
  async does(...commands: string[]): Promise<void> {
    for (const command of commands) {
      this.#program.write(command);
      const answer = await this.#program.line();
      if (answer !== 'done') throw new Error(`${command}: ${answer}`);
    }
  }

  /** Tells it to, without waiting for it to be done. */
  begins(command: string): void {
    this.#program.write(command);
  }
}

/**
 * A process namespace, with a /proc that shows no others: whoever looks for the owners of sockets need not search through
 * all that runs on this machine. What was started in it is killed with it.
 */
class Processes {
  readonly enter: readonly string[];
  readonly #holder: Program;

  private constructor(holder: Program) {
    this.#holder = holder;
    const [first] = childrenOf(holder.pid);
    this.enter = [`--pid=/proc/${first}/ns/pid`, `--mount=/proc/${first}/ns/mnt`];
  }

  static async make(): Promise<Processes> {
    const own = ['--pid', '--mount-proc', '--fork', '--kill-child'];
    const holder = new Program('unshare', [...own, 'sh', '-c', 'echo ready; exec cat']);
    await holder.line();
    return new Processes(holder);
  }

  async end(): Promise<void> {
    await this.#holder.stop('SIGKILL');
  }
}

/** Two hosts and the cable between them. Halfclose watches from `here`. */
export class Scene {
  readonly here: Host;
  readonly there: Host;
  readonly #processes: Processes;
  readonly #folder = mkdtempSync(join(tmpdir(), 'halfclose-scene-'));
  readonly #ending = new AbortController();
  readonly #activities: Promise<void>[] = [];
  /** Of activities: what went wrong before the scene ended. */
  readonly failures: string[] = [];

  private constructor(processes: Processes) {
    this.#processes = processes;
    this.here = new Host(1, processes, this.#folder);
    this.there = new Host(2, processes, this.#folder);
    this.here.connect(this.there);
  }

  static async make(): Promise<Scene> {
    return new Scene(await Processes.make());
  }

  /** Does something again and again, at that interval, until the scene ends. */
  repeats(everyMs: number, act: () => void | Promise<void>): void {
    const forever = async () => {
      while (!this.#ending.signal.aborted) {
        await act();
        await sleep(everyMs);
      }
    };
    this.#activities.push(
      forever().catch((error: unknown) => {
        // When its programs are killed it fails, as it must.
        if (!this.#ending.signal.aborted) this.failures.push(String(error));
      }),
    );
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#processes.end();
    await Promise.all(this.#activities);
    for (const host of [this.here, this.there]) host.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
