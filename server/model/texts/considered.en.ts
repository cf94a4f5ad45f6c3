import type { Considered } from '../finding.ts';
import { measured, type ConsideredTexts } from './considered.ts';
import type { Format } from './findings.ts';

const words: ConsideredTexts['words'] = {
  close_wait_leak: { thing: 'CLOSE_WAIT', verdict: 'a leak' },
  time_wait_buildup: { thing: 'TIME_WAIT', verdict: 'a build-up' },
  port_exhaustion: { thing: 'Local ports', verdict: 'exhaustion', counted: ['connection', 'connections'] },
  syn_backlog: { thing: 'Handshakes', verdict: 'a full backlog', counted: ['handshake', 'handshakes'] },
  accept_queue_full: {
    thing: 'Accept queue overflows',
    verdict: 'a stall',
    counted: ['connection waiting for accept()', 'connections waiting for accept()'],
  },
  orphan_pressure: { thing: 'Orphans', verdict: 'pressure', counted: ['orphan', 'orphans'] },
  tcp_memory_pressure: { thing: 'Memory of TCP', verdict: 'pressure' },
  descriptor_exhaustion: { thing: 'Descriptors', verdict: 'exhaustion' },
  reset_storm: { thing: 'Resets', verdict: 'a storm' },
  conntrack_full: {
    thing: 'Tracked connections',
    verdict: 'a full table',
    counted: ['tracked connection', 'tracked connections'],
  },
  half_open: { thing: 'Connections', verdict: 'a half-open one', lasting: 'silent' },
  zero_window: { thing: 'Zero windows', verdict: 'a closed window', lasting: 'stuck' },
  fin_wait_stuck: { thing: 'FIN_WAIT', verdict: 'a stuck close', lasting: 'stuck' },
  last_ack_stuck: { thing: 'LAST_ACK', verdict: 'a stuck close', lasting: 'stuck' },
  closing_stuck: { thing: 'CLOSING', verdict: 'a stuck close', lasting: 'stuck' },
  syn_sent_stuck: { thing: 'SYN_SENT', verdict: 'a stuck attempt', lasting: 'unanswered' },
};

export const consideredEn: ConsideredTexts = {
  words,
  sentence(considered, format) {
    const { reason, value, threshold, count } = considered;
    const about = subject(considered, format);
    const { verdict: kind, lasting } = words[considered.detector];
    const longest = [count > 1 && 'the longest', lasting].filter(Boolean).join(' ');
    switch (reason) {
      case 'too_young':
        return `${about}, ${longest === '' ? '' : `${longest} `}for at least ${amount(considered, value, format)}${from(considered, threshold, kind, format)}`;
      case 'too_few':
        return value === count
          ? `${about}${from(considered, threshold, kind, format)}`
          : `${about}, ${amount(considered, value, format)} of them old enough${from(considered, threshold, kind, format)}`;
      case 'below_limit':
        return `${about}: ${amount(considered, value, format)}${considered.measure === 'ratio' ? ' of the limit' : ''}${threshold === null ? '' : `, told from ${amount(considered, threshold, format)}`}`;
      case 'rare':
        return `${about}: ${amount(considered, value, format)}${threshold === null ? ', which is rare' : `, told from ${amount(considered, threshold, format)}`}`;
      case 'harmless':
        return `${about}: harmless`;
      case 'kernel_ends_it':
        return `${about}: the kernel’s own timer ends ${count === 1 ? 'it' : 'them'} soon`;
      case 'makes_progress':
        return `${about}: slow, and not stuck`;
    }
  },
};

function from(considered: Considered, threshold: number | null, kind: string, format: Format): string {
  return threshold === null ? '' : `: ${kind} counts from ${amount(considered, threshold, format)}`;
}

function amount(considered: Considered, value: number, format: Format): string {
  const text = measured(considered, value, format);
  if (considered.measure === 'perSecond') return `${text} a second`;
  return considered.measure === 'descriptors' ? `${text} descriptors` : text;
}

/** `9 CLOSE_WAIT of orders-api with 10.0.0.1:5432`. */
function subject({ detector, labels, count, state }: Considered, format: Format): string {
  const { process, role, peer, port, local, netns } = labels;
  const { thing, counted = ['socket', 'sockets'] } = words[detector];
  const what = count > 0 ? `${format.number(count)} ${state ?? counted[count === 1 ? 0 : 1]}` : thing;
  const parts = [what];
  if (process !== undefined) parts.push(process === 'unknown' ? 'of an unknown process' : `of ${process}`);
  if (role === 'server' && port !== undefined) parts.push(`on the serving side of :${port}`);
  else if (port !== undefined && peer === undefined) parts.push(`on port ${port}`);
  if (peer !== undefined) parts.push(peer === '*' ? 'with several peers' : `with ${peer}`);
  if (local !== undefined && role !== 'server') parts.push(`from ${local}`);
  if (netns !== undefined) parts.push(`in ${netns}`);
  return parts.join(' ');
}
