import { formatAddress, formatEndpoint, isIpv4Words } from './address.ts';
import { parseFilter } from './filter-parser.ts';
import { FilterError, type Filter } from './filter.ts';
import type { NamespaceKind } from './observation.ts';
import { OWN_NAMESPACE } from './snapshot.ts';
import { SS_STATE, STATES, type State } from './state.ts';

/** Names that mean the same to a shell, to grep and to ss: the others are not offered. */
const PLAIN_NAME = /^[\w.@:+-]+$/;

/**
 * The command that lists the same sockets in a terminal, for whom the page is not at hand; null where ss has no words for
 * the filter (ages, uid) or the filter is mistaken. States stand before the expression, as ss wants them; a process, or
 * that there is none, is found by grep, and queues by awk, since ss does not filter by them. `kindOf`: what a network namespace is named after; ss has to be
 * run inside it, which is easy only where `ip netns` knows the name.
 */
export function ssCommand(
  filter: string,
  kindOf: (netns: string) => NamespaceKind | undefined = () => undefined,
): string | null {
  const terms = termsOf(filter);
  if (terms === null) return null;
  const words = ['ss', `-tan${terms.some(isOwner) ? 'p' : ''}${terms.some(isUnheld) ? 'e' : ''}`];
  const expression: string[] = [];
  const greps: string[] = [];
  const queues: Filter[] = [];
  let inside = '';
  let states: Extract<Filter, { op: 'state' }> | null = null;
  for (const term of terms) {
    const owner = ownerText(term);
    if (owner !== null) greps.push(`grep -F '${owner}'`);
    else if (isUnheld(term)) greps.push("grep -F ' ino:0 '");
    else if (isOfQueues(term)) queues.push(term);
    else if (term.op === 'state' && states === null) states = term;
    else if (term.op === 'name' && term.field === 'netns' && term.equal) {
      if (term.name === OWN_NAMESPACE) continue;
      if (kindOf(term.name) !== 'named' || !PLAIN_NAME.test(term.name)) return null;
      inside = `ip netns exec ${term.name} `;
    } else {
      const text = expressionOf(term);
      if (text === null) return null;
      expression.push(text);
    }
  }
  words.push(...statesOf(states?.states ?? STATES));
  if (expression.length > 0) words.push(`'${expression.join(' and ')}'`);
  // Where it lists one state, ss leaves out the column of states. The heading stays: it is no number.
  const column = states?.states.length === 1 ? 1 : 2;
  const awks = queues.map((term) => `awk '${awkOf(term, column)}'`);
  return [inside + words.join(' '), ...awks, ...greps].join(' | ');
}

/** The conditions that must all hold. */
function termsOf(text: string): readonly Filter[] | null {
  try {
    return flat(parseFilter(text));
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

function flat(filter: Filter): readonly Filter[] {
  if (filter.op === 'all') return [];
  return filter.op === 'and' ? filter.terms.flatMap(flat) : [filter];
}

/** The few that are meant, or the few that are not. Sockets that are bound and no more ss knows from iproute2 6.8 on. */
function statesOf(states: readonly State[]): string[] {
  const others = STATES.filter((state) => !states.includes(state));
  if (others.length === 0) return [];
  return others.length < states.length
    ? others.flatMap((state) => ['exclude', SS_STATE[state]])
    : states.flatMap((state) => ['state', state === 'CLOSE' ? 'bound-inactive' : SS_STATE[state]]);
}

/** As `ss -e` writes it: `ino:0`. */
function isUnheld(term: Filter): boolean {
  return term.op === 'compare' && term.field === 'inode' && term.by === '=' && term.value === 0;
}

function isOfQueues(term: Filter): boolean {
  if (term.op === 'and' || term.op === 'or') return term.terms.every(isOfQueues);
  return term.op === 'compare' && (term.field === 'recvq' || term.field === 'sendq');
}

/** `column`: that of Recv-Q, which Send-Q follows. */
function awkOf(term: Filter, column: number): string {
  if (term.op === 'and' || term.op === 'or') {
    return term.terms.map((each) => `(${awkOf(each, column)})`).join(term.op === 'and' ? ' && ' : ' || ');
  }
  if (term.op !== 'compare') return '1';
  return `$${term.field === 'recvq' ? column : column + 1} ${term.by === '=' ? '==' : term.by} ${term.value}`;
}

const isOwner = (term: Filter) => ownerText(term) !== null;

/** As `ss -p` writes it: `users:(("nginx",pid=812,fd=5))`. */
function ownerText(term: Filter): string | null {
  if (term.op === 'name' && term.field === 'process' && term.equal && PLAIN_NAME.test(term.name))
    return `"${term.name}"`;
  return term.op === 'compare' && term.field === 'pid' && term.by === '=' ? `pid=${term.value},` : null;
}

/** What ss takes in an expression; null where it has no such word. */
function expressionOf(term: Filter): string | null {
  switch (term.op) {
    case 'and':
    case 'or': {
      const parts = term.terms.map(expressionOf);
      return parts.includes(null) ? null : `( ${parts.join(` ${term.op} `)} )`;
    }
    case 'not': {
      const inner = expressionOf(term.term);
      return inner === null ? null : `not ( ${inner} )`;
    }
    case 'address':
      return `${term.side} ${addressOf(term)}`;
    case 'compare':
      return term.field === 'sport' || term.field === 'dport'
        ? `${term.field} ${term.by} :${term.value}`
        : null;
    default:
      return null;
  }
}

/** ss wants the length of an IPv6 prefix inside the brackets. */
function addressOf({ prefix, port }: Extract<Filter, { op: 'address' }>): string {
  if (prefix === null) return `:${port ?? '*'}`;
  const words = Uint32Array.from(prefix.words);
  const ipv4 = isIpv4Words(words, 0) && prefix.bits >= 96;
  const bits = ipv4 ? prefix.bits - 96 : prefix.bits;
  const whole = bits === (ipv4 ? 32 : 128);
  const address = formatAddress(words) + (whole ? '' : `/${bits}`);
  if (port !== null) return formatEndpoint(address, port);
  return address.includes(':') ? `[${address}]` : address;
}
