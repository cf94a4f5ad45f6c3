import { numberIn, type FindingTexts } from './findings.ts';
import { age, connections, few, peers, sentences, unacked, unknownOwner, who } from './findings.stuck.en.ts';

export const zeroWindowEn: FindingTexts['describe']['zero_window'] = {
  peer_not_reading: (finding, format) => ({
    title: `The peer does not read: ${who(finding)} cannot send on ${connections(finding, format)}`,
    explanation: sentences(
      `The peer has closed its receive window: it is alive and answers our probes, but its program takes nothing from its socket. ${unacked(finding, format)} wait here.`,
      `The longest has been so for ${age(finding, format)}, without a byte taken.`,
      `When the send buffer is full, writing blocks here too (or returns EAGAIN), and with it whatever waits for that write.`,
      `As long as the peer answers, no timer of the kernel ends this.`,
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      finding.labels.role === 'client'
        ? `Look at the other end of the connections ${peers(finding)}: its threads are blocked or its process is stopped; its own Recv-Q is full.`
        : `Look at these clients: a paused download, a stopped process, or a consumer that is too slow.`,
      `Bound the wait here: a write deadline (SetWriteDeadline in Go, send_timeout in nginx, timeout client and timeout server in HAProxy), or TCP_USER_TIMEOUT, which counts for closed windows as well.`,
      `Bound the memory too: stop producing while the socket does not drain (wait for drain in Node, client-output-buffer-limit in Redis).`,
    ),
  }),
  not_reading: (finding, format) => ({
    title: `${who(finding)} does not read ${connections(finding, format)}: the peer may not send`,
    explanation: sentences(
      `The receive buffer is full: ${format.bytes(numberIn(finding, 'recvQueueBytes') ?? 0)} wait in Recv-Q, and the program has read none of it for ${age(finding, format)}.`,
      `Our kernel therefore offers the peer no window; its program blocks in turn.`,
      `A program that deliberately waits looks the same: a proxy whose client is slow stops reading from its server.`,
      finding.severity === 'info' ? `It is few connections, so this is told and alarms nobody.` : null,
      unknownOwner(finding, format),
    ),
    advice: sentences(
      `Take the stacks of the process (gdb, jstack, py-spy, a goroutine dump): who should read, and what does it wait for? A stopped process (state T in ps) reads nothing either.`,
      `In Node look for a stream that was paused or has no consumer, in Go for a response body that nobody reads or closes, in a thread pool for workers that all wait for one lock.`,
      `A connection that is not wanted any more should be closed, not left unread.`,
    ),
  }),
};
