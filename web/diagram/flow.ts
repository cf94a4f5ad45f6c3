import type { Flow, OpenRates } from '../../server/model/observation.ts';
import type { State } from '../../server/model/state.ts';
import { PHASE, type Phase } from './phases.ts';

/** The edges of the diagram. Source: RFC 9293, figure 5, without the rare ones that skip a state. */
export const EDGES = [
  'LISTEN>SYN_RECV',
  'SYN_RECV>ESTABLISHED',
  'CLOSE>SYN_SENT',
  'SYN_SENT>ESTABLISHED',
  'ESTABLISHED>FIN_WAIT1',
  'ESTABLISHED>CLOSE_WAIT',
  'FIN_WAIT1>FIN_WAIT2',
  'FIN_WAIT1>CLOSING',
  'FIN_WAIT2>TIME_WAIT',
  'CLOSING>TIME_WAIT',
  'TIME_WAIT>CLOSE',
  'CLOSE_WAIT>LAST_ACK',
  'LAST_ACK>CLOSE',
] as const;

export type Edge = (typeof EDGES)[number];

/** Whoever is in one of these phases has been ESTABLISHED. */
const CLOSING: readonly Phase[] = ['active', 'passive'];

/** The edges that only the counters of active and passive opens speak of. */
const OPENING: readonly Edge[] = EDGES.slice(0, 4);

export function ends(edge: Edge): [from: State, to: State] {
  return edge.split('>') as [State, State];
}

/**
 * Sockets a second over each edge. Opening comes from the kernel's own counters, which miss nothing; the rest from what
 * was seen between two passes. A socket that went through several states between them is counted on every edge of
 * its shortest way; one first seen closing was open before; one that is gone has gone to CLOSE. From ESTABLISHED to nowhere no
 * way is known (a reset, perhaps).
 */
export function flowByEdge(flows: readonly Flow[], rates: OpenRates | null): ReadonlyMap<Edge, number> {
  const perSecond = new Map<Edge, number>();
  const add = (edge: Edge, amount: number) => perSecond.set(edge, (perSecond.get(edge) ?? 0) + amount);
  if (rates) {
    add('LISTEN>SYN_RECV', rates.passiveOpens);
    add('SYN_RECV>ESTABLISHED', rates.passiveOpens);
    add('CLOSE>SYN_SENT', rates.activeOpens);
    add('SYN_SENT>ESTABLISHED', Math.max(0, rates.activeOpens - rates.attemptFails));
  }
  for (const flow of flows) {
    const { from, to } = flow;
    if (from === null ? to === null || !CLOSING.includes(PHASE[to]) : from === 'ESTABLISHED' && to === null)
      continue;
    for (const edge of way(from ?? 'ESTABLISHED', to ?? 'CLOSE')) {
      if (!OPENING.includes(edge)) add(edge, flow.perSecond);
    }
  }
  return perSecond;
}

/** The fewest edges from one state to another; none where there is no way. */
function way(from: State, to: State): Edge[] {
  const queue: { at: State; edges: Edge[] }[] = [{ at: from, edges: [] }];
  const seen = new Set<State>([from]);
  for (let step = queue.shift(); step; step = queue.shift()) {
    if (step.at === to) return step.edges;
    for (const edge of EDGES) {
      const [start, end] = ends(edge);
      if (start !== step.at || seen.has(end)) continue;
      seen.add(end);
      queue.push({ at: end, edges: [...step.edges, edge] });
    }
  }
  return [];
}
