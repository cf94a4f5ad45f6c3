import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GivenProcess {
  readonly startTimeTicks?: number;
  readonly parentPid?: number;
  readonly name?: string;
  /** Inodes of its sockets; each is a descriptor. */
  readonly sockets?: readonly number[];
  readonly cgroup?: string;
}

/**
 * A mount point with the processes that a test makes, in the kernel's own file formats: for what cannot be had of real
 * processes at will, such as a reused pid, or tens of thousands of descriptors.
 */
export class GivenProcfs {
  readonly path = mkdtempSync(join(tmpdir(), 'halfclose-procfs-'));

  constructor() {
    this.put(1, { name: 'init' });
  }

  put(
    pid: number,
    { startTimeTicks = 100, parentPid = 1, name = 'program', sockets = [], cgroup = '0::/\n' }: GivenProcess,
  ): void {
    this.remove(pid);
    mkdirSync(`${this.path}/${pid}/fd`, { recursive: true });
    this.write(
      pid,
      'stat',
      `${pid} (${name}) S ${parentPid} 1 1 0 -1 4194560 ${'0 '.repeat(12)}${startTimeTicks} 0 0\n`,
    );
    this.write(pid, 'status', `Name:\t${name}\nUid:\t0\t1000\t0\t0\n`);
    this.write(
      pid,
      'limits',
      'Max open files            1024                 4096                 files     \n',
    );
    this.write(pid, 'cgroup', cgroup);
    for (const [i, inode] of sockets.entries())
      symlinkSync(`socket:[${inode}]`, `${this.path}/${pid}/fd/${i + 3}`);
    symlinkSync('/dev/null', `${this.path}/${pid}/fd/0`);
  }

  remove(pid: number): void {
    rmSync(`${this.path}/${pid}`, { recursive: true, force: true });
  }

  write(pid: number, name: string, text: string): void {
    writeFileSync(`${this.path}/${pid}/${name}`, text);
  }

  /** Of the process that reads. */
  writeSelf(name: string, text: string): void {
    mkdirSync(`${this.path}/self`, { recursive: true });
    writeFileSync(`${this.path}/self/${name}`, text);
  }

  /** Lets everybody look into it. */
  open(): void {
    chmodSync(this.path, 0o755);
  }

  /** Lets nobody but root look into a process, or into one of its directories. */
  forbid(pid: number, name = ''): void {
    chmodSync(`${this.path}/${pid}/${name}`, 0o000);
  }

  end(): void {
    rmSync(this.path, { recursive: true });
  }
}
