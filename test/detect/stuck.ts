import type { Consideration, Detection, DetectorName } from '../../server/model/finding.ts';
import type { DetectorOptions } from '../../server/model/options.ts';
import type { Detector } from '../../server/model/units.ts';
import type { Pass, PassInput } from '../../server/track/tracker.ts';
import { watch, type Row } from '../track/given.ts';
import { ask } from './given.ts';

/** One of our connections to 10.0.0.1:5432. */
export const client =
  (over: Row) =>
  (i: number): Row => ({ localPort: 40_000 + i, ...over });

/** One of several clients of our port 8080, each at an address of its own. */
export const served =
  (over: Row) =>
  (i: number): Row => ({
    localPort: 8080,
    remote: `10.1.${i >> 8}.${i & 255}`,
    remotePort: 50_000,
    inode: 7000 + i,
    ...over,
  });

/** Closed by its program: no inode, no owner. */
export const orphan = { inode: 0, ownerGap: 'kernel' } as const;

/** The view after the rows have stood for so long. */
export function stood(rows: readonly Row[], seconds: number, over: Partial<PassInput> = {}): Pass {
  const { pass } = watch(1);
  pass(rows, over);
  return pass(rows, { after: seconds, ...over });
}

/** What a detector says of a pass. */
export function detecting<N extends DetectorName>(detector: Detector<N>) {
  const { found, once } = ask(detector);
  return {
    detect: ({ view }: Pass, over?: Partial<DetectorOptions[N]>): Detection[] => found(view, over),
    considered: ({ view }: Pass, over?: Partial<DetectorOptions[N]>): Consideration[] => [
      ...once(view, over).considered,
    ],
  };
}
