import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Untaken } from '../../server/api/untaken.ts';

/** More than the kernel takes for a reader that reads nothing. */
const ANSWER = Buffer.alloc(32 * 1024 * 1024);

/** A real server of that answer, and a way to ask it without reading what comes. */
async function serve(untaken: Untaken) {
  const server = createServer((request, response) => {
    untaken.hold(ANSWER.length, request, response);
    response.end(ANSWER);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (requests = 1) => {
    const socket = connect(port, '127.0.0.1').pause();
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(requests));
    return socket;
  };
}

const isBusy = (untaken: Untaken) => {
  try {
    untaken.check(ANSWER.length);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ statusCode: 503, code: 'busy' });
    return true;
  }
};

test('an answer that nobody takes holds its room until it is taken', async () => {
  const untaken = new Untaken(1.5 * ANSWER.length);
  const ask = await serve(untaken);
  expect(isBusy(untaken)).toBe(false);
  const reader = await ask();
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(true));
  reader.resume();
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(false), 10_000);
});

test('a reader that goes away gives back the room of all answers that it waited for', async () => {
  const untaken = new Untaken(2.5 * ANSWER.length);
  const ask = await serve(untaken);
  const reader = await ask(2);
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(true));
  reader.destroy();
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(false), 10_000);
});

test('a reader that takes nothing is cut off', async () => {
  const untaken = new Untaken(1.5 * ANSWER.length, 200);
  const ask = await serve(untaken);
  await ask();
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(true));
  await vi.waitFor(() => expect(isBusy(untaken)).toBe(false), 10_000);
});
