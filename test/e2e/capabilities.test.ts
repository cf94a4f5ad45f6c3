import { execFileSync, spawnSync } from 'node:child_process';
import type { Static } from 'typebox';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { NamespacesAnswerSchema, SocketsAnswer, SummaryAnswer } from '../../server/model/api.ts';
import { MAIN, startHalfclose, WAIT } from './halfclose.ts';
import type { Program } from './program.ts';
import { asTold, socketsOfSs, type Told } from './ss.ts';
import { isolated, programPath, skipUnlessPossible, World } from './world.ts';

/** Of the machine's own processes none runs as one of these. */
const USER = 64_001;
const OTHER_USER = 64_002;

/** What runs a program as a user with these capabilities, and no others. */
function as(uid: number, ...capabilities: readonly string[]): string[] {
  const list = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const ids = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['setpriv', ...ids, `--inh-caps=${list}`, `--ambient-caps=${list}`];
}

type Whose = 'its own' | "root's" | "another user's";

type Elsewhere = `${'its name' | 'a number'} by ${'sock_diag' | 'proc'}`;

interface Row {
  readonly who: string;
  readonly by: readonly string[];
  /** Whose processes it names. */
  readonly names: readonly Whose[];
  /** The capabilities that it says it would need for the others. */
  readonly missing: readonly string[];
  /** Under which names, and by what, it reads the sockets of a process of another user in a network namespace of `ip netns`. */
  readonly elsewhere: readonly Elsewhere[];
}

const ALL = ['its own', "root's", "another user's"] as const;
const LISTING = 'CAP_DAC_READ_SEARCH';
const READING = 'CAP_SYS_PTRACE';

const MATRIX: readonly Row[] = [
  { who: 'root', by: [], names: ALL, missing: [], elsewhere: ['its name by sock_diag'] },
  {
    who: 'a user without capabilities',
    by: as(USER),
    names: ['its own'],
    missing: [LISTING, READING],
    elsewhere: ['a number by proc'],
  },
  {
    who: 'a user with CAP_DAC_READ_SEARCH alone',
    by: as(USER, 'dac_read_search'),
    names: ['its own'],
    missing: [READING],
    elsewhere: ['a number by proc'],
  },
  {
    who: 'a user with CAP_SYS_PTRACE alone',
    by: as(USER, 'sys_ptrace'),
    names: ['its own'],
    missing: [LISTING],
    elsewhere: ['its name by proc'],
  },
  {
    who: 'a user with CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE',
    by: as(USER, 'dac_read_search', 'sys_ptrace'),
    names: ALL,
    missing: [],
    elsewhere: ['its name by proc'],
  },
  // It may not ask those processes where they are; that they are in there is seen from inside.
  {
    who: 'a user with CAP_SYS_ADMIN alone',
    by: as(USER, 'sys_admin'),
    names: ['its own'],
    missing: [LISTING, READING],
    elsewhere: ['its name by sock_diag'],
  },
  {
    who: 'a user with CAP_SYS_ADMIN and CAP_SYS_PTRACE',
    by: as(USER, 'sys_admin', 'sys_ptrace'),
    names: ['its own'],
    missing: [LISTING],
    elsewhere: ['its name by sock_diag'],
  },
  {
    who: 'a user with CAP_NET_ADMIN alone',
    by: as(USER, 'net_admin'),
    names: ['its own'],
    missing: [LISTING, READING],
    elsewhere: ['a number by proc'],
  },
  {
    who: 'a user with CAP_BPF alone',
    by: as(USER, 'bpf'),
    names: ['its own'],
    missing: [LISTING, READING],
    elsewhere: ['a number by proc'],
  },
];

const netns = `halfclose-capabilities-${process.pid}`;
const owners = new Map<Whose, number>();
let surroundings: World;
let world: World;

beforeAll(async () => {
  if (!isolated) return;
  surroundings = new World();
  execFileSync('ip', ['netns', 'add', netns]);
  execFileSync('ip', ['netns', 'exec', netns, 'ip', 'link', 'set', 'lo', 'up']);
  const start = async (...by: readonly string[]): Promise<Program> => {
    const [command = '', ...args] = [...by, 'perl', programPath('churn.pl'), '2', '1'];
    const program = surroundings.run(command, args);
    await program.line();
    return program;
  };
  owners.set('its own', (await start(...as(USER))).pid);
  owners.set("root's", (await start()).pid);
  owners.set("another user's", (await start(...as(OTHER_USER))).pid);
  await start('ip', 'netns', 'exec', netns, ...as(OTHER_USER));
});
beforeEach((context) => {
  skipUnlessPossible(context, 'ss', 'ip', 'perl', 'setpriv');
  if (!isolated) return;
  const [command = '', ...args] = [...as(USER), process.execPath, MAIN, '--version'];
  context.skip(spawnSync(command, args).status !== 0, `other users may not read ${MAIN}, or run Node`);
  world = new World();
});
afterEach(async () => world?.end());
afterAll(async () => {
  if (!isolated) return;
  await surroundings.end();
  execFileSync('ip', ['netns', 'delete', netns]);
});

test.each(MATRIX)(
  'as $who: every socket, the owners it may see, what is missing for the others, and other namespaces as it may',
  async ({ by, names, missing, elsewhere }) => {
    const halfclose = await startHalfclose(world, {
      by,
      flags: ['--collect.interval=200ms', '--collect.namespaces=all', '--collect.cpu-budget=50%'],
    });
    await vi.waitFor(async () => {
      const { rows } = await halfclose.get<SocketsAnswer>('sockets?filter=netns%20%3D%20host&limit=1000');
      const theirs = socketsOfSs().map(({ told }) => told);
      expect(known(rows.map(asTold))).toEqual(known(theirs));
      for (const [whose, pid] of owners) {
        const inodes = theirs.filter(({ pids }) => pids.includes(pid)).map(({ inode }) => inode);
        const found = rows.filter(({ inode }) => inodes.includes(inode));
        expect(found).toHaveLength(5);
        for (const row of found) {
          expect(row, whose).toMatchObject(
            names.includes(whose)
              ? { process: { pid, name: 'perl' }, processUnknown: 'none' }
              : { process: null, processUnknown: 'permission' },
          );
        }
      }
    }, WAIT);

    const summary = await halfclose.get<SummaryAnswer>('summary');
    expect(summary).toMatchObject({ complete: true, source: 'sock_diag', observer: { restarts: 0 } });
    expect(summary.ownership.missingCapabilities.map(({ capability }) => capability)).toEqual(missing);
    const logged = /\bmissing=(\S+)/.exec(halfclose.program.errorOutput)?.[1] ?? '';
    expect(logged).toBe(missing.join(','));
    await vi.waitFor(async () => {
      const { rows } = await halfclose.get<SocketsAnswer>(`sockets?filter=uid%20%3D%20${OTHER_USER}`);
      const names = new Set(rows.map((row) => row.netns).filter((name) => name !== 'host'));
      const { namespaces } = await halfclose.get<Static<typeof NamespacesAnswerSchema>>('namespaces');
      const found = namespaces
        .filter(({ name }) => names.has(name))
        .map(({ name, source }) => `${name === netns ? 'its name' : 'a number'} by ${source?.name}`);
      expect(found.sort()).toEqual(elsewhere);
    }, WAIT);
  },
);

/** What is compared, without the connections to Halfclose itself, which come and go. */
function known(told: readonly Told[]): string[] {
  return told
    .filter(({ local, remote }) => ![local, remote].some((each) => each.endsWith(':10793')))
    .map(({ state, local, remote, inode }) => `${state} ${local} ${remote} ${inode}`)
    .sort();
}
