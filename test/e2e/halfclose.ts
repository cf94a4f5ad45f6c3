import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { Program } from './program.ts';
import type { World } from './world.ts';

export const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));

/** Longer than anything here takes on a slow and busy machine; what is waited for normally comes within a second or two. */
export const WAIT = { timeout: 40_000, interval: 100 };

export interface Halfclose {
  readonly url: string;
  readonly program: Program;
  /** The answer of an API route: `get<SummaryAnswer>('summary')`. */
  get<T>(route: string): Promise<T>;
  /** The text of a page, whatever its status. */
  text(path: string): Promise<string>;
}

/** Starts the built program as people do, on its default port; it has seen the sockets once when this resolves. */
export async function startHalfclose(
  world: World,
  options: {
    config?: string;
    /** Folder of the store; by default a new one. */
    storage?: string;
    flags?: readonly string[];
    env?: NodeJS.ProcessEnv;
    /** What runs it, with its arguments: `setpriv` and whom to be. */
    by?: readonly string[];
  } = {},
): Promise<Halfclose> {
  const file =
    options.config === undefined ? [] : [`--config.file=${world.file('halfclose.yml', options.config)}`];
  const [command = process.execPath, ...args] = [...(options.by ?? []), process.execPath, MAIN];
  const storage = `--storage.path=${options.storage ?? world.path(randomUUID())}`;
  const program = world.run(command, [...args, ...file, storage, ...(options.flags ?? [])], options.env);
  const url = 'http://127.0.0.1:10793';
  const ready = vi.waitFor(async () => {
    const { status } = await fetch(`${url}/-/ready`);
    if (status !== 200) throw new Error(`/-/ready answered ${status}`);
  }, WAIT);
  const ended = program.ended.then((ending) => {
    throw new Error(`Halfclose ended with ${ending} before it was ready: ${program.errorOutput}`);
  });
  await Promise.race([ready, ended]);
  return {
    url,
    program,
    async get<T>(route: string) {
      const answer = await fetch(`${url}/api/v1/${route}`);
      if (!answer.ok) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    async text(path) {
      return (await fetch(`${url}${path}`)).text();
    },
  };
}

/** The pids of a process's children. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The value of one sample in the text format, undefined where there is none: `halfclose_observer_up`. */
export function sample(metrics: string, series: string): number | undefined {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
