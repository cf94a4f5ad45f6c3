import type { Clock } from './clock.ts';

/** Rejects where a promise takes longer; that goes on all the same. */
export function withinSeconds<T>(clock: Clock, seconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.startTimer(seconds, () => reject(new Error(`took longer than ${seconds}s`)));
    promise.then(resolve, reject).finally(cancel);
  });
}
