import type { State } from '../../server/model/state.ts';
import type { Layout } from './shape.ts';
import { tall } from './tall.ts';
import { wide } from './wide.ts';

/** Below this width the life of the connection runs from top to bottom. */
export const WIDE_FROM = 810;
/** A node in trouble is this much taller: the strip that says so. */
const STRIP = 26;

/** The whole diagram for a given width; the states in trouble need room to say so. */
export function layout(width: number, inTrouble: ReadonlySet<State>): Layout {
  const grow = (state: State) => (inTrouble.has(state) ? STRIP : 0);
  return width < WIDE_FROM ? tall(width, grow) : wide(width, grow);
}
