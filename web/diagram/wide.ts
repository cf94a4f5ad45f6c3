import type { State } from '../../server/model/state.ts';
import type { Edge } from './flow.ts';
import {
  beside,
  bottom,
  down,
  middle,
  right,
  route,
  TIP,
  type Box,
  type Layout,
  type Route,
} from './shape.ts';

/** Left to right: opening, open; then the two lanes, from top to bottom, to closed. */
export function wide(width: number, grow: (state: State) => number): Layout {
  const nodeWidth = 124;
  const openWidth = 148;
  const closingWidth = 104;
  const pad = 18;
  const laneGap = 12;
  const gap = (width - (nodeWidth * 3 + openWidth + closingWidth + pad * 4 + laneGap)) / 3;
  const openX = nodeWidth + gap;
  const activeX = openX + openWidth + gap;
  const mainX = activeX + pad;
  const closingX = mainX + nodeWidth + gap;
  const passiveX = closingX + closingWidth + pad + laneGap;
  const peerX = passiveX + pad;

  const rows = [78, 212, 346] as const;
  const node = (state: State, x: number, row: 0 | 1 | 2, w = nodeWidth): Box => ({
    x,
    y: rows[row],
    width: w,
    height: 80 + grow(state),
  });
  const closedY = 492;
  const nodes: Record<State, Box> = {
    LISTEN: node('LISTEN', 0.5, 0),
    SYN_RECV: node('SYN_RECV', 0.5, 1),
    SYN_SENT: node('SYN_SENT', 0.5, 2),
    ESTABLISHED: { x: openX, y: rows[1] - 18, width: openWidth, height: 116 + grow('ESTABLISHED') },
    FIN_WAIT1: node('FIN_WAIT1', mainX, 0),
    FIN_WAIT2: node('FIN_WAIT2', mainX, 1),
    TIME_WAIT: node('TIME_WAIT', mainX, 2),
    CLOSING: node('CLOSING', closingX, 1, closingWidth),
    CLOSE_WAIT: node('CLOSE_WAIT', peerX, 0),
    LAST_ACK: node('LAST_ACK', peerX, 2),
    CLOSE: { x: activeX, y: closedY, width: width - activeX - 0.5, height: 44 + grow('CLOSE') },
  };
  const laneTop = 38;
  const laneHeight = closedY - 18 - laneTop;
  const lanes = {
    active: { x: activeX, y: laneTop, width: passiveX - laneGap - activeX, height: laneHeight },
    passive: { x: passiveX, y: laneTop, width: width - passiveX - 0.5, height: laneHeight },
  };

  const open = nodes.ESTABLISHED;
  const line = rows[1] + 40;
  const turn = right(open) + 16;
  const over = 18;
  const between = passiveX - laneGap / 2;
  const edges: Record<Edge, Route> = {
    'LISTEN>SYN_RECV': down(nodes.LISTEN, nodes.SYN_RECV, rows[1] - 34),
    'SYN_RECV>ESTABLISHED': {
      path: route([
        [right(nodes.SYN_RECV), line],
        [open.x - TIP, line],
      ]),
      label: { x: (right(nodes.SYN_RECV) + open.x) / 2 - 2, y: line - 20, anchor: 'middle' },
      set: 'words',
      rateDrop: 24,
    },
    'CLOSE>SYN_SENT': {
      path: route([
        [middle(nodes.SYN_SENT), closedY + 30],
        [middle(nodes.SYN_SENT), bottom(nodes.SYN_SENT) + TIP],
      ]),
      ...beside(middle(nodes.SYN_SENT) + 9, bottom(nodes.SYN_SENT) + 34),
    },
    'SYN_SENT>ESTABLISHED': {
      path: route([
        [right(nodes.SYN_SENT), rows[2] + 40],
        [middle(open), rows[2] + 40],
        [middle(open), bottom(open) + TIP],
      ]),
      ...beside(middle(open) + 9, rows[2] + 4),
    },
    'ESTABLISHED>FIN_WAIT1': {
      path: route([
        [right(open), line],
        [turn, line],
        [turn, rows[0] + 40],
        [mainX - TIP, rows[0] + 40],
      ]),
      ...beside(turn + 9, rows[1] - 40),
    },
    'ESTABLISHED>CLOSE_WAIT': {
      path: route([
        [middle(open), open.y],
        [middle(open), over],
        [between, over],
        [between, rows[0] + 40],
        [peerX - TIP, rows[0] + 40],
      ]),
      ...beside(middle(open) + 16, over - 7, 'line', 0),
    },
    'FIN_WAIT1>FIN_WAIT2': down(nodes.FIN_WAIT1, nodes.FIN_WAIT2, rows[1] - 26),
    'FIN_WAIT1>CLOSING': {
      path: route([
        [right(nodes.FIN_WAIT1), rows[0] + 40],
        [middle(nodes.CLOSING), rows[0] + 40],
        [middle(nodes.CLOSING), rows[1] - TIP],
      ]),
      ...beside(middle(nodes.CLOSING) + 9, rows[1] - 54),
    },
    'FIN_WAIT2>TIME_WAIT': down(nodes.FIN_WAIT2, nodes.TIME_WAIT, rows[2] - 34),
    'CLOSING>TIME_WAIT': {
      path: route([
        [middle(nodes.CLOSING), bottom(nodes.CLOSING)],
        [middle(nodes.CLOSING), rows[2] + 40],
        [right(nodes.TIME_WAIT) + TIP, rows[2] + 40],
      ]),
      ...beside(middle(nodes.CLOSING) + 9, rows[2] - 26),
    },
    'TIME_WAIT>CLOSE': down(nodes.TIME_WAIT, nodes.CLOSE, closedY - 24),
    'CLOSE_WAIT>LAST_ACK': down(nodes.CLOSE_WAIT, nodes.LAST_ACK, rows[1] + 36),
    'LAST_ACK>CLOSE': down(nodes.LAST_ACK, nodes.CLOSE, closedY - 24),
  };
  const laneNames = {
    active: { x: middle(nodes.FIN_WAIT1), y: laneTop + 24 },
    passive: { x: middle(nodes.CLOSE_WAIT), y: laneTop + 24 },
  };
  return { width, height: closedY + 46 + grow('CLOSE'), nodes, bars: ['CLOSE'], edges, lanes, laneNames };
}
