import type { Detector } from '../../server/model/units.ts';
import type { Detection, DetectorName } from '../../server/model/finding.ts';
import type { DetectorOptions } from '../../server/model/options.ts';
import type { Counters, View } from '../../server/model/snapshot.ts';
import type { Row } from '../track/given.ts';

export function times(n: number, row: (i: number) => Row): Row[] {
  return Array.from({ length: n }, (_, i) => row(i));
}

/** A detector with its defaults, as tests ask it: of one view, or of one after the other with what stands in between. */
export function ask<N extends DetectorName>(detector: Detector<N>) {
  const { detect, defaults } = detector;
  const key = (labels: Detection['labels']) => JSON.stringify(labels);
  const never = () => false;
  let standing = new Set<string>();
  const once = (view: View, over: Partial<DetectorOptions[N]> = {}) =>
    detect(view, { ...defaults, ...over }, never);
  return {
    once,
    found: (view: View, over: Partial<DetectorOptions[N]> = {}): Detection[] => [
      ...once(view, over).detections,
    ],
    next(view: View, over: Partial<DetectorOptions[N]> = {}): Detection[] {
      const { detections } = detect(view, { ...defaults, ...over }, (labels) => standing.has(key(labels)));
      standing = new Set(detections.map(({ labels }) => key(labels)));
      return [...detections];
    },
  };
}

/** A view with counters that have risen by these over the last half minute. */
export function counting(view: View, increases: Counters, seconds = 30): View {
  return { ...view, recent: { seconds, increases } };
}
