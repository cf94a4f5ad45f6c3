import type { SampleStore } from '../model/storage.ts';
import type { Sink } from '../model/units.ts';
import { createSampler } from './sample.ts';

/** Keeps what each complete pass saw. Rows are missing from an incomplete one: its counts would be a dip that never was. */
export function createRecorder(samples: Pick<SampleStore, 'append'>): Sink {
  const sampleOf = createSampler();
  return {
    name: 'recorder',
    publish(observation) {
      if (observation.complete) samples.append(sampleOf(observation));
    },
  };
}
