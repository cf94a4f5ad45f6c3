import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN } from './halfclose.ts';
import { isolated, runningHere, skipUnlessPossible, World } from './world.ts';

describe('what cannot be started says so in one line, and leaves nothing behind', () => {
  let world: World;

  beforeEach((context) => {
    skipUnlessPossible(context);
    world = new World();
  });
  afterEach(async () => {
    if (isolated) await world.end();
  });

  /** The one line that is written to standard error. */
  async function refusal(...flags: string[]): Promise<string> {
    const program = world.run(process.execPath, [MAIN, ...flags]);
    const ending = await program.ended;
    expect(ending, program.errorOutput).toEqual(expect.any(Number));
    expect(ending).not.toBe(0);
    expect(runningHere('dist/server/')).toEqual([]);
    const lines = program.errorOutput.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    return lines[0] ?? '';
  }

  test.each([
    [
      'an unknown flag',
      ['--web.listen-adress=127.0.0.1:1'],
      [/--web\.listen-adress/, /did you mean "web\.listen-address"/],
    ],
    ['a flag without its value', ['--collect.interval'], [/--collect\.interval/, /expected a value/]],
    ['a bad duration', ['--collect.interval=soon'], [/--collect\.interval/, /expected a duration/, /"soon"/]],
    ['a bad address', ['--web.listen-address=here:there'], [/--web\.listen-address/, /here:there/]],
    ['a missing procfs', ['--path.procfs=/nowhere'], [/--path\.procfs/, /\/nowhere/]],
    ['a missing file', ['--config.file=/nowhere.yml'], [/--config\.file/, /\/nowhere\.yml/]],
    [
      'an address that others can reach',
      ['--web.listen-address=0.0.0.0:10793'],
      [/0\.0\.0\.0/, /--web\.allow-unauthenticated/],
    ],
  ])('%s', async (_, flags, expected) => {
    const line = await refusal(...flags);
    for (const pattern of expected) expect(line).toMatch(pattern);
  });

  test.each([
    ['a YAML error', 'detectors:\n  close_wait_leak: { minAge: 60s', /halfclose\.yml:\d+/],
    [
      'a detector option of the wrong type',
      'detectors:\n  close_wait_leak: { minCount: many }\n',
      /halfclose\.yml:2.*detectors\.close_wait_leak\.minCount.*expected a whole number.*many/,
    ],
    [
      'an unknown option',
      'detectors:\n  close_wait_leak:\n    minCont: 3\n',
      /halfclose\.yml:3.*minCont.*minCount/,
    ],
    [
      'a bad duration in the file',
      'alerts: { repeat: 4 hours }\n',
      /halfclose\.yml:1.*alerts\.repeat.*4 hours/,
    ],
  ])('%s', async (_, text, expected) => {
    expect(await refusal(`--config.file=${world.file('halfclose.yml', text)}`)).toMatch(expected);
  });

  test('a port in use', async () => {
    const other = createServer().listen(10793, '127.0.0.1');
    await once(other, 'listening');
    try {
      expect(await refusal(`--storage.path=${world.path('store')}`)).toMatch(
        /--web\.listen-address.*127\.0\.0\.1:10793.*in use/,
      );
    } finally {
      other.close();
    }
  });
});
