import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FindingsAnswerSchema, type FindingsAnswer } from '../../server/model/api.ts';
import { MAIN, startHalfclose, WAIT } from './halfclose.ts';
import { isolated, skipUnlessPossible, World, type Client } from './world.ts';

const LEAKED = 6;
/** Longer than what is watched: what is found then, the kernel has told the age of. */
const CONFIG = 'detectors: { close_wait_leak: { minAge: 2s } }';
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];

interface Ended {
  readonly exitCode: number;
  readonly output: string;
  readonly errorOutput: string;
}

/** Runs a program to its end, whatever its exit code. */
function ended(file: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { encoding: 'utf8' }, (error, output, errorOutput) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ exitCode: code, output, errorOutput });
      else reject(error ?? new Error('no exit code'));
    });
  });
}

const halfclose = (...args: string[]) => ended(process.execPath, [MAIN, ...args]);

describe('a client that leaks', () => {
  let world: World;
  let config: string;
  let leaky: Client;
  let port: number;

  beforeEach(async (context) => {
    skipUnlessPossible(context);
    world = new World();
    config = `--config.file=${world.file('halfclose.yml', CONFIG)}`;
    ({ port } = await world.server('closing'));
    leaky = world.client('leaky', port);
    await leaky.does(`leak ${LEAKED}`);
  });
  afterEach(async () => {
    if (isolated) await world.end();
  });

  test('is seen by doctor within a second, older than that, with what to do and the command to see it', async () => {
    const output = await vi.waitFor(async () => {
      const { exitCode, output } = await halfclose('doctor', '--watch=1s', config);
      expect(exitCode).toBe(1);
      return output;
    }, WAIT);
    expect(output).toContain(`WARNING  leaky (pid ${leaky.pid}) does not close ${LEAKED} connections`);
    expect(output).toMatch(/has been in CLOSE_WAIT\s+for at least/);
    expect(output).toMatch(/What to do {2}Close the connection/);
    expect(output).toContain(`ss -tanp state close-wait 'dst 127.0.0.1 and dport = :${port}'`);
    expect(output).not.toContain('\u001b');
    const chinese = await halfclose('doctor', '--watch=1s', '--lang=zh-CN', config);
    expect(chinese.output).toContain(`leaky（PID ${leaky.pid}）有 ${LEAKED} 条`);
  });

  test('is something to keep an eye on while it is young', async () => {
    const { exitCode, output } = await halfclose('doctor', '--watch=1s');
    expect(output).toMatch(
      /To keep an eye on\n {2}- 6 CLOSE_WAIT of leaky with 127\.0\.0\.1:\d+, the longest for at least/,
    );
    expect(output).toMatch(/Too early to say\n {2}- [\w, \n]*close_wait_leak/);
    expect(exitCode).toBe(0);
  });

  test('is in one JSON document, of the shape that the API has', async () => {
    const document = await vi.waitFor(async () => {
      const { exitCode, output } = await halfclose('doctor', '--watch=1s', '--json', config);
      expect(exitCode).toBe(1);
      return JSON.parse(output) as FindingsAnswer & { unseen: { what: string; sentence: string }[] };
    }, WAIT);
    expect(Value.Errors(FindingsAnswerSchema, document)).toEqual([]);
    expect(document.findings).toMatchObject([
      { cause: 'drained', count: LEAKED, labels: { process: 'leaky' } },
    ]);
    expect(document.considered).toBeDefined();
    expect(document.unseen).toContainEqual({
      what: 'other_namespaces',
      sentence: expect.any(String) as string,
    });
  });

  test('has no name for who may not see it, and doctor says which capability that takes', async (context) => {
    skipUnlessPossible(context, 'setpriv');
    const output = await vi.waitFor(async () => {
      const { exitCode, output } = await ended('setpriv', [
        ...NOBODY,
        process.execPath,
        MAIN,
        'doctor',
        '--watch=1s',
        '--config.file=/dev/null',
      ]);
      expect(exitCode).toBe(0);
      return output;
    }, WAIT);
    expect(output).toContain('6 CLOSE_WAIT of an unknown process');
    const told = output.replace(/\s+/g, ' ');
    expect(told).toMatch(
      /Not seen - The processes of \d+ sockets: that takes CAP_DAC_READ_SEARCH \(\d+ process/,
    );
    expect(told).toContain('Run it as root (sudo)');
  });

  test('is a warning of check, that asks the server or looks itself', async () => {
    await startHalfclose(world, { config: CONFIG, flags: ['--collect.interval=250ms'] });
    for (const flags of [[], ['--watch=1s', config]]) {
      const { output } = await vi.waitFor(async () => {
        const found = await halfclose('check', ...flags);
        expect(found.exitCode).toBe(1);
        return found;
      }, WAIT);
      expect(output).toMatch(
        /^HALFCLOSE WARNING - 1 finding: leaky \(pid \d+\) does not close 6 [^|]*\| [^|\n]*\n$/,
      );
      expect(output).toContain(` close_wait=${LEAKED};;;0 `);
    }
  });
});

describe('where there is nothing wrong, or nothing to be seen', () => {
  beforeEach((context) => skipUnlessPossible(context));

  test('doctor and check end with 0', async () => {
    const { exitCode, output } = await halfclose('doctor', '--watch=1s');
    expect(output).toContain('Nothing is wrong, as far as can be seen.');
    expect(exitCode).toBe(0);
    expect(await halfclose('check', '--watch=1s')).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^HALFCLOSE OK - nothing is wrong/) as string,
    });
  });

  test('a server that is not there is UNKNOWN to check', async () => {
    expect(await halfclose('check')).toEqual({
      exitCode: 3,
      output: expect.stringMatching(
        /^HALFCLOSE UNKNOWN - http:\/\/127\.0\.0\.1:10793\/.*ECONNREFUSED.*\n$/,
      ) as string,
      errorOutput: '',
    });
  });

  test('a mistake on the command line is exit code 3, since 1 and 2 say how bad things are', async () => {
    expect(await halfclose('check', '--wach=1s')).toEqual({
      exitCode: 3,
      output: 'HALFCLOSE UNKNOWN - unknown flag --wach, did you mean "watch"? (--help lists all)\n',
      errorOutput: '',
    });
    expect(await halfclose('doctor', '--watch=soon')).toEqual({
      exitCode: 3,
      output: '',
      errorOutput: 'halfclose: --watch: expected a duration from 1s to 1h, found "soon"\n',
    });
  });

  test('a /proc without sockets is exit code 3 of both, with the reason', async () => {
    const empty = fileURLToPath(new URL('programs', import.meta.url));
    const flags = ['--watch=1s', `--path.procfs=${empty}`, '--collect.source=proc'];
    const doctor = await halfclose('doctor', ...flags);
    expect(doctor).toMatchObject({ exitCode: 3, output: '' });
    expect(doctor.errorOutput).toMatch(/^halfclose: the sockets could not be read: .*\/net\/tcp/);
    const check = await halfclose('check', ...flags);
    expect(check.exitCode).toBe(3);
    expect(check.output).toMatch(/^HALFCLOSE UNKNOWN - the sockets could not be read: .*\/net\/tcp/);
  });
});

test('a leak in a network namespace with a name is shown with the command that enters it', async (context) => {
  skipUnlessPossible(context, 'ip', 'ss');
  const world = new World();
  const netns = `halfclose-doctor-${process.pid}`;
  const inside = ['netns', 'exec', netns];
  const program = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  execFileSync('ip', ['netns', 'add', netns]);
  try {
    execFileSync('ip', [...inside, 'ip', 'link', 'set', 'lo', 'up']);
    const server = world.run('ip', [
      ...inside,
      process.execPath,
      program('server.js'),
      'closing',
      '127.0.0.1',
    ]);
    const client = ['leaks', '127.0.0.1', await server.line()];
    const leaky = world.run('ip', [...inside, process.execPath, program('client.js'), ...client]);
    leaky.write(`leak ${LEAKED}`);
    expect(await leaky.line()).toBe('done');
    const config = `--config.file=${world.file('halfclose.yml', CONFIG)}`;
    const command = await vi.waitFor(async () => {
      const { output } = await halfclose(
        'doctor',
        '--watch=1s',
        '--json',
        '--collect.namespaces=all',
        config,
      );
      const { findings } = JSON.parse(output) as FindingsAnswer;
      const found = findings.find(({ labels }) => labels['netns'] === netns);
      expect(found).toMatchObject({ cause: 'drained', count: LEAKED });
      return found?.command ?? '';
    }, WAIT);
    expect(command).toMatch(new RegExp(`^ip netns exec ${netns} ss -tanp state close-wait '`));
    const listed = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(listed.trim().split('\n')).toHaveLength(LEAKED);
  } finally {
    await world.end();
    execFileSync('ip', ['netns', 'delete', netns]);
  }
});
