import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ssCommand } from '../../server/model/ss.ts';

describe('the ss command for a filter', () => {
  test.each([
    ['', 'ss -tan'],
    ['state close-wait', 'ss -tan state close-wait'],
    [
      'state close-wait and dst 10.0.0.1 and dport = :5432',
      "ss -tan state close-wait 'dst 10.0.0.1 and dport = :5432'",
    ],
    ['dst [2001:db8::1]:443', "ss -tan 'dst [2001:db8::1]:443'"],
    ['src 10.0.0.0/8', "ss -tan 'src 10.0.0.0/8'"],
    ['src [fe80::]/10', "ss -tan 'src [fe80::/10]'"],
    ['sport = :80 or sport = :443', "ss -tan '( sport = :80 or sport = :443 )'"],
    ['not dport = :22', "ss -tan 'not ( dport = :22 )'"],
    [
      'state close-wait and dport = :5432 and pid = 812',
      "ss -tanp state close-wait 'dport = :5432' | grep -F 'pid=812,'",
    ],
    ['state closed and src 10.0.0.1', "ss -tan state bound-inactive 'src 10.0.0.1'"],
    ['exclude time-wait and dst 10.0.0.1', "ss -tan exclude time-wait 'dst 10.0.0.1'"],
    ['state connected and recvq > 0', "ss -tan exclude listening exclude closed | awk '$2 > 0'"],
    ['state established and sendq > 0', "ss -tan state established | awk '$2 > 0'"],
    [
      'exclude listening and (recvq > 0 or sendq > 0)',
      "ss -tan exclude listening | awk '($2 > 0) || ($3 > 0)'",
    ],
    [
      'state established state close-wait and inode = 0 and sport = :80',
      "ss -tane state established state close-wait 'sport = :80' | grep -F ' ino:0 '",
    ],
    ['process = "nginx"', `ss -tanp | grep -F '"nginx"'`],
  ])('%j is %s', (filter, command) => {
    expect(ssCommand(filter)).toBe(command);
  });

  test.each([
    'age > 60s',
    'recvq > 0 or sport = :80',
    'inode = 7',
    'uid = 0',
    'pid = 1 or pid = 2',
    'not process = "a"',
    'state nonsense',
  ])('there is none for %j, which ss cannot say', (filter) => {
    expect(ssCommand(filter)).toBeNull();
  });

  test('no name of a process reaches a shell as anything but a name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const command = ssCommand(`process = "${name}"`);
        expect(command ?? '| grep -F \'"a"\'').toMatch(/\| grep -F '"[\w.@:+-]+"'$/);
      }),
    );
    expect(ssCommand(`process = "a'; reboot '"`)).toBeNull();
  });
});

const ACCEPTED = [
  'state close-wait and dst 10.0.0.1 and dport = :5432',
  'dst [2001:db8::1]:443',
  'src [fe80::]/10 or not dport = :22',
  'src 10.0.0.0/8',
  'state time-wait and src 10.0.0.1',
  'src :80',
  'dport >= :1024',
  'exclude time-wait and dst 10.0.0.1',
  'state connected and (recvq > 0 or sendq > 0)',
];

test('ss itself takes these commands', (context) => {
  context.skip(spawnSync('ss', ['--version']).status !== 0, 'not installed: ss');
  for (const filter of ACCEPTED) {
    const { status, stderr } = spawnSync('sh', ['-c', ssCommand(filter)!], { encoding: 'utf8' });
    expect({ filter, status, stderr }).toEqual({ filter, status: 0, stderr: '' });
  }
});
