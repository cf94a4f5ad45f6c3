import type { State } from '../../server/model/state.ts';
import type { Edge } from './flow.ts';
import {
  beside,
  bottom,
  down,
  LINE,
  middle,
  right,
  route,
  TIP,
  type Box,
  type Layout,
  type Route,
} from './shape.ts';

/** Top to bottom, for a phone: three columns, the peer's lane on the right. */
export function tall(width: number, grow: (state: State) => number): Layout {
  const gap = 14;
  const pad = 6;
  const column = (width - gap * 2 - pad * 2) / 3;
  const x = [pad, pad + column + gap, pad + (column + gap) * 2] as const;
  const height = 76;
  const rowGap = 46;
  let y = 1;
  /** A row as tall as its tallest node; answers where it begins. */
  const row = (states: readonly State[], h = height, after = rowGap): number => {
    const top = y;
    y += h + Math.max(...states.map(grow)) + after;
    return top;
  };
  const tops = {
    opening: row(['LISTEN', 'SYN_SENT']),
    handshake: row(['SYN_RECV']),
    open: row(['ESTABLISHED'], 64, 92),
    first: row(['FIN_WAIT1', 'CLOSE_WAIT']),
    second: row(['FIN_WAIT2', 'CLOSING']),
    third: row(['TIME_WAIT', 'LAST_ACK'], height, 56),
    closed: row(['CLOSE'], 44, 2),
  };
  const box = (state: State, col: 0 | 1 | 2, top: number): Box => ({
    x: x[col],
    y: top,
    width: column,
    height: height + grow(state),
  });
  const bar = (state: State, top: number, h: number): Box => ({
    x: 0.5,
    y: top,
    width: width - 1,
    height: h + grow(state),
  });
  const nodes: Record<State, Box> = {
    LISTEN: box('LISTEN', 0, tops.opening),
    SYN_SENT: box('SYN_SENT', 2, tops.opening),
    SYN_RECV: box('SYN_RECV', 0, tops.handshake),
    ESTABLISHED: bar('ESTABLISHED', tops.open, 64),
    FIN_WAIT1: box('FIN_WAIT1', 0, tops.first),
    CLOSE_WAIT: box('CLOSE_WAIT', 2, tops.first),
    FIN_WAIT2: box('FIN_WAIT2', 0, tops.second),
    CLOSING: box('CLOSING', 1, tops.second),
    TIME_WAIT: box('TIME_WAIT', 0, tops.third),
    LAST_ACK: box('LAST_ACK', 2, tops.third),
    CLOSE: bar('CLOSE', tops.closed, 44),
  };
  const laneTop = bottom(nodes.ESTABLISHED) + 48;
  const laneHeight = tops.closed - 16 - laneTop;
  const lanes = {
    active: { x: 0, y: laneTop, width: x[2] - gap / 2 - 3, height: laneHeight },
    passive: { x: x[2] - pad, y: laneTop, width: column + pad * 2, height: laneHeight },
  };
  const fork = (state: 'FIN_WAIT1' | 'CLOSE_WAIT'): Route =>
    down(nodes.ESTABLISHED, nodes[state], bottom(nodes.ESTABLISHED) + 19, middle(nodes[state]));
  const peerX = middle(nodes.SYN_SENT);
  const closing = middle(nodes.CLOSING);
  const edges: Record<Edge, Route> = {
    'LISTEN>SYN_RECV': down(nodes.LISTEN, nodes.SYN_RECV, tops.handshake - 32),
    'SYN_RECV>ESTABLISHED': down(nodes.SYN_RECV, nodes.ESTABLISHED, tops.open - 26),
    'CLOSE>SYN_SENT': {
      path: route([
        [x[1] + 4, tops.opening + 38],
        [x[2] - TIP, tops.opening + 38],
      ]),
      ...beside(x[1] + 4, tops.opening + 20, 'lines', 24),
    },
    'SYN_SENT>ESTABLISHED': {
      path: route([
        [peerX, bottom(nodes.SYN_SENT)],
        [peerX, tops.open - TIP],
      ]),
      label: { x: peerX - 9, y: tops.handshake + 14, anchor: 'end' },
      set: 'lines',
      rateDrop: LINE,
    },
    'ESTABLISHED>FIN_WAIT1': fork('FIN_WAIT1'),
    'ESTABLISHED>CLOSE_WAIT': fork('CLOSE_WAIT'),
    'FIN_WAIT1>FIN_WAIT2': down(nodes.FIN_WAIT1, nodes.FIN_WAIT2, tops.second - 20),
    'FIN_WAIT1>CLOSING': {
      path: route([
        [right(nodes.FIN_WAIT1), tops.first + 38],
        [closing, tops.first + 38],
        [closing, tops.second - TIP],
      ]),
      label: { x: closing - 8, y: tops.first + 62, anchor: 'end' },
      set: 'lines',
      rateDrop: LINE,
    },
    'FIN_WAIT2>TIME_WAIT': down(nodes.FIN_WAIT2, nodes.TIME_WAIT, tops.third - 32),
    'CLOSING>TIME_WAIT': {
      path: route([
        [closing, bottom(nodes.CLOSING)],
        [closing, tops.third + 38],
        [right(nodes.TIME_WAIT) + TIP, tops.third + 38],
      ]),
      ...beside(closing + 6, tops.third - 18),
    },
    'TIME_WAIT>CLOSE': down(nodes.TIME_WAIT, nodes.CLOSE, tops.closed - 26),
    'CLOSE_WAIT>LAST_ACK': down(nodes.CLOSE_WAIT, nodes.LAST_ACK, tops.second + 30),
    'LAST_ACK>CLOSE': down(nodes.LAST_ACK, nodes.CLOSE, tops.closed - 26),
  };
  const laneNames = {
    active: { x: middle(nodes.FIN_WAIT1), y: laneTop + 22 },
    passive: { x: middle(nodes.CLOSE_WAIT), y: laneTop + 22 },
  };
  return { width, height: y, nodes, bars: ['ESTABLISHED', 'CLOSE'], edges, lanes, laneNames };
}
