import { formatAddress, formatEndpoint, isIpv4Words } from './address.ts';
import { parseFilter } from './filter-parser.ts';
import { FilterError, type Filter } from './filter.ts';
import type { NamespaceKind } from './observation.ts';
import { OWN_NAMESPACE } from './snapshot.ts';
import { SS_STATE } from './state.ts';

/** Names that mean the same to a shell, to grep and to ss: the others are not offered. */
const PLAIN_NAME = /^[\w.@:+-]+$/;

/**
 * The command that lists the same sockets in a terminal, for whom the page is not at hand; null where ss has no words for
 * the filter (ages, queues, uid) or the filter is mistaken. States stand before the expression, as ss wants them; a
 * process is found by grep, since ss does not filter by it. `kindOf`: what a network namespace is named after; ss has to be
 * run inside it, which is easy only where `ip netns` knows the name.
 */
export function ssCommand(
  filter: string,
  kindOf: (netns: string) => NamespaceKind | undefined = () => undefined,
): string | null {
  const terms = termsOf(filter);
  if (terms === null) return null;
  const words = ['ss', terms.some(isOwner) ? '-tanp' : '-tan'];
  const expression: string[] = [];
  const greps: string[] = [];
  let inside = '';
  let states: Extract<Filter, { op: 'state' }> | null = null;
  for (const term of terms) {
    const owner = ownerText(term);
    if (owner !== null) greps.push(`grep -F '${owner}'`);
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
  for (const state of states?.states ?? []) words.push('state', SS_STATE[state]);
  if (expression.length > 0) words.push(`'${expression.join(' and ')}'`);
  return [inside + words.join(' '), ...greps].join(' | ');
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
