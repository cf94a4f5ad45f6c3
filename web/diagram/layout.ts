import type { State } from '../../server/model/state.ts';
import type { Edge } from './flow.ts';

/** Where everything in the diagram stands, in CSS pixels. Text keeps its size; only the spaces stretch. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: Readonly<Record<State, Box>>;
  /** Nodes that are low and broad: their words stand in one row. */
  readonly bars: readonly State[];
  readonly edges: Readonly<Record<Edge, Route>>;
  readonly lanes: Readonly<Record<Lane, Box>>;
  /** The middle of each lane's name, on its baseline. */
  readonly laneNames: Readonly<Record<Lane, { readonly x: number; readonly y: number }>>;
}

export type Lane = 'active' | 'passive';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An edge as an SVG path; its arrow points along the last stretch. The label's first line has its baseline at `label.y`. */
export interface Route {
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' };
  /** How the label is set: all in one line, as it is written, or a line for each word. */
  readonly set: 'line' | 'lines' | 'words';
  /** How far below the label's last line the rate stands. */
  readonly rateDrop: number;
}

/** Below this width the life of the connection runs from top to bottom. */
export const WIDE_FROM = 840;
/** A node in trouble is this much taller: the strip that says so. */
const STRIP = 26;
const BEND = 10;
/** From one line of a label to the next. */
export const LINE = 13;

type Point = readonly [x: number, y: number];

/** Straight stretches with rounded corners. */
function route(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  let path = `M${first[0]} ${first[1]}`;
  let before = first;
  rest.forEach((corner, i) => {
    const after = rest[i + 1];
    if (!after) path += `L${corner[0]} ${corner[1]}`;
    else {
      const into = towards(corner, before);
      const out = towards(corner, after);
      path += `L${into[0]} ${into[1]}Q${corner[0]} ${corner[1]} ${out[0]} ${out[1]}`;
    }
    before = corner;
  });
  return path;
}

/** The point one bend away from `from` in the direction of `to`, on a horizontal or vertical line. */
function towards(from: Point, to: Point): Point {
  const length = Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]);
  const bend = Math.min(BEND, length / 2);
  return [from[0] + Math.sign(to[0] - from[0]) * bend, from[1] + Math.sign(to[1] - from[1]) * bend];
}

const middle = (box: Box) => box.x + box.width / 2;
const bottom = (box: Box) => box.y + box.height;
const right = (box: Box) => box.x + box.width;
/** Room for the arrow's head. */
const TIP = 3;

function beside(x: number, y: number, set: Route['set'] = 'lines', rateDrop = LINE): Omit<Route, 'path'> {
  return { label: { x, y, anchor: 'start' }, set, rateDrop };
}

function down(from: Box, to: Box, labelY: number, x = middle(from)): Route {
  return {
    path: route([
      [x, bottom(from)],
      [x, to.y - TIP],
    ]),
    ...beside(x + 9, labelY),
  };
}

export function layout(width: number, inTrouble: ReadonlySet<State>): Layout {
  const grow = (state: State) => (inTrouble.has(state) ? STRIP : 0);
  return width < WIDE_FROM ? tall(width, grow) : wide(width, grow);
}

/** Left to right: opening, open; then the two lanes, from top to bottom, to closed. */
function wide(width: number, grow: (state: State) => number): Layout {
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
      ...beside(turn + 9, rows[1] - 24),
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

/** Top to bottom, for a phone: three columns, the peer's lane on the right. */
function tall(width: number, grow: (state: State) => number): Layout {
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
      ...beside(closing + 9, tops.second - 42),
    },
    'FIN_WAIT2>TIME_WAIT': down(nodes.FIN_WAIT2, nodes.TIME_WAIT, tops.third - 32),
    'CLOSING>TIME_WAIT': {
      path: route([
        [closing, bottom(nodes.CLOSING)],
        [closing, tops.third + 38],
        [right(nodes.TIME_WAIT) + TIP, tops.third + 38],
      ]),
      ...beside(closing + 9, tops.third - 18),
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
