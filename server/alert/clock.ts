/** Time as the alert room needs it; passed in, so that tests do not wait. */
export interface Clock {
  /** Never set back. Seconds from any origin. */
  monotonicSeconds(): number;
  /** Milliseconds since 1970, for what people and other systems read. */
  wallMs(): number;
  /** Calls back once after so many seconds; the answer cancels it. */
  startTimer(seconds: number, callback: () => void): () => void;
}

/** Node fires a longer timer at once: setTimeout() holds a signed 32-bit number of milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicSeconds: () => performance.now() / 1000,
  wallMs: () => Date.now(),
  /** Early by design where the time is longer than a timer can be: who is called looks at the clock. */
  startTimer(seconds, callback) {
    const timer = setTimeout(callback, Math.min(Math.ceil(seconds * 1000), MAX_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};
