/** A finding that stands is let go at this share of the threshold it was raised at, so that it does not come and go. */
const RELEASE = 0.9;

/** `stands`: the finding was there on the pass before. */
export function held(threshold: number, stands: boolean): number {
  return stands ? RELEASE * threshold : threshold;
}
