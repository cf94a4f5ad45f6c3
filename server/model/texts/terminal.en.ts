import type { TerminalTexts } from './terminal.ts';

export const terminalEn: TerminalTexts = {
  heading: (sockets, host, duration) =>
    `Halfclose watched the ${sockets} TCP sockets of ${host} for ${duration}.`,
  verdict: (critical, warning) =>
    [critical > 0 && `${critical} critical`, warning > 0 && plural(warning, 'warning')]
      .filter(Boolean)
      .join(', '),
  nothing: 'Nothing is wrong, as far as can be seen.',
  fields: {
    process: 'Process',
    why: 'Why',
    evidence: 'Evidence',
    certainty: 'How sure',
    sockets: 'Sockets',
    advice: 'What to do',
    command: 'See it',
  },
  certainty: {
    certain: 'certain: the kernel’s numbers leave no other reading',
    strong: 'strong: all signs point to it',
    suspect: 'a suspicion: it looks the same when nothing is wrong',
  },
  pid: (pid) => `pid ${pid}`,
  separator: ' · ',
  colon: ': ',
  yes: 'yes',
  no: 'no',
  perSecond: (count) => `${count}/s`,
  perMinute: (count) => `${count}/min`,
  example: ({ state, ageExact }, local, remote, age) =>
    `${state} ${local} → ${remote}, ${ageExact ? '' : 'at least '}${age}`,
  more: (count) => `and ${count} more`,
  follows: (count) => (count === 1 ? 'This follows from it:' : 'These follow from it:'),
  toWatch: 'To keep an eye on',
  letPass: 'Looked at, and let pass',
  undecided: 'Too early to say',
  undecidedDetectors: (names, watched, flag) =>
    `${names}: that nothing more was found means little after ${watched}. ${flag} is long enough.`,
  undecidedNamespaces: (names) => `Nothing can be said yet of these network namespaces: ${names}.`,
  unseen: 'Not seen',
  unseenBecause(unseen, format) {
    switch (unseen.what) {
      case 'processes': {
        const lacking = unseen.missing
          .map(
            ({ capability, processes }) =>
              `${capability} (${plural(processes, 'process', 'processes', format.number(processes))})`,
          )
          .join(' and ');
        return `The processes of ${plural(unseen.sockets, 'socket', 'sockets', format.number(unseen.sockets))}: that takes ${lacking}. Run it as root (sudo), or grant these capabilities with setpriv or setcap.`;
      }
      case 'denied_processes':
        return `${plural(unseen.processes, 'process', 'processes', format.number(unseen.processes))} may not be read although no capability is lacking: a user namespace or a security module denies it.`;
      case 'hidden_processes':
        return 'The processes of other users: /proc is mounted with hidepid. Run it as root, or as a member of the group that the mount option gid names.';
      case 'kernel_details':
        return `The maxima of accept queues, what the kernel tells of single connections, and sockets that are bound and no more: they were read from /proc (${unseen.why}).`;
      case 'namespace':
        return `The network namespace ${unseen.name}${unseen.why === '' ? ': its turn did not come' : `: ${unseen.why}`}.`;
      case 'other_namespaces':
        return 'Other network namespaces (containers, pods, ip netns): --collect.namespaces=all.';
      case 'unit':
        return `What ${unseen.name} tells: ${unseen.why}.`;
    }
  },
};

function plural(count: number, one: string, several = `${one}s`, text = String(count)): string {
  return `${text} ${count === 1 ? one : several}`;
}
