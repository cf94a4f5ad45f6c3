// Loaded before a program (`node --import`), it makes time pass SCENARIO_CLOCK times as fast while the program waits for a
// timer. While it works its clock goes as ever, so that work takes no longer than it does.
const speed = Number(process.env.SCENARIO_CLOCK);
const now = performance.now.bind(performance);
const start = globalThis.setTimeout;
let skippedMs = 0;

performance.now = () => now() + skippedMs;
globalThis.setTimeout = (callback, ms, ...args) => {
  const waitsMs = ms / speed;
  const pass = () => {
    skippedMs += ms - waitsMs;
    callback(...args);
  };
  return start(pass, waitsMs);
};
