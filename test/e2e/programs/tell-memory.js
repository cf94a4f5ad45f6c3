// Loaded before a program (`node --expose-gc --import`), it tells the parent on SIGUSR2 what the program cannot do without.
// By a signal, since whoever first listens for messages takes them from the program.
process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  process.send({ type: 'memory', bytes: heapUsed + arrayBuffers });
});
