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

type Lane = 'active' | 'passive';

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

const BEND = 10;
/** From one line of a label to the next. */
export const LINE = 13;

type Point = readonly [x: number, y: number];

/** Straight stretches with rounded corners. */
export function route(points: readonly Point[]): string {
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

export const middle = (box: Box) => box.x + box.width / 2;
export const bottom = (box: Box) => box.y + box.height;
export const right = (box: Box) => box.x + box.width;
/** Room for the arrow's head. */
export const TIP = 3;

export function beside(
  x: number,
  y: number,
  set: Route['set'] = 'lines',
  rateDrop = LINE,
): Omit<Route, 'path'> {
  return { label: { x, y, anchor: 'start' }, set, rateDrop };
}

export function down(from: Box, to: Box, labelY: number, x = middle(from)): Route {
  return {
    path: route([
      [x, bottom(from)],
      [x, to.y - TIP],
    ]),
    ...beside(x + 9, labelY),
  };
}
