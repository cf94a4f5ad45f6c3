/** Keeps every socket that its parent passes to it, and says so. */
const kept = [];
process.on('message', (_, socket) => {
  kept.push(socket.on('error', () => undefined));
  process.send('taken');
});
