import type { TopicTexts } from './topic.ts';

export const flagsEn: TopicTexts<'flag'> = {
  syn: {
    name: 'SYN',
    also: 'synchronize sequence number ISN',
    summary: 'Opens one direction, and says where its numbering begins.',
    is: [
      'It carries the initial sequence number, which is chosen so that it cannot be guessed and does not overlap with that of an older connection on the same ports. It takes up one number itself, so it is acknowledged and repeated like data.',
    ],
    look: [
      'Only a first SYN comes without ACK. In an open connection a SYN is not believed: the answer is an ACK, and whoever has really lost the connection resets it then.',
    ],
  },
  ack: {
    name: 'ACK',
    also: 'acknowledgement cumulative',
    summary: 'The number of the next byte that is expected; all before it has arrived.',
    is: [
      'After the first SYN every segment carries it. It is cumulative: one ACK covers all that came before, so a lost ACK is made good by the next one.',
      'It says that the peer’s kernel has the bytes. Whether its program has read them, it does not say: see [[all-delivered|what close() promises]].',
    ],
    look: ['“lastack” of `ss -i` is the time since one came; it tells a silent peer from a slow one.'],
  },
  fin: {
    name: 'FIN',
    also: 'finish end of stream EOF close',
    summary: '“No more data from me.”',
    is: [
      'It stands at the end of the stream, behind all data, and takes up one sequence number. So it is delivered reliably and in order: whoever gets it has everything.',
      'The reader sees it as read() = 0. In Recv-Q of a socket in [[CLOSE_WAIT]] it counts as 1 as long as nobody has read it.',
    ],
    linux: [
      'Sent by close(), shutdown(SHUT_WR) and the end of the process; not where [[rst|RST]] takes its place.',
    ],
  },
  rst: {
    name: 'RST',
    also: 'reset ECONNRESET connection refused abort linger',
    summary: '“There is no such connection”, or: “it ends here and now”.',
    is: [
      'It ends the connection at once, on both sides, without TIME_WAIT and without delivering what is under way. Nobody acknowledges it.',
      'A receiver believes it only if its sequence number is exactly the one that is expected. In [[SYN_SENT]] it must acknowledge the SYN. Old duplicates and guesses fail that test.',
    ],
    linux: [
      'Sent to a port without a listener: ECONNREFUSED.',
      'Sent by close() with unread data (TCPAbortOnClose), or with SO_LINGER 0 (TCPAbortOnData).',
      'Sent to data that arrives after close().',
      'Sent by an end that has lost the connection: [[half-open]].',
      'When a timer gives up, no RST is sent (TCPAbortOnTimeout); only keepalive sends one.',
    ],
    act: [
      'Read to the end of file before close(); remove SO_LINGER 0; give a drained listener time before it closes.',
    ],
    shows: ['The kernel’s counters of resets, by reason.'],
  },
  'psh-urg': {
    name: 'PSH and URG',
    also: 'push urgent out of band MSG_OOB',
    summary: 'Hints about data that hardly matter today.',
    is: [
      'PSH: “hand this to the program now”. Linux sets it on the last segment of a write, and as receiver delivers at once anyhow.',
      'URG: marks a place in the stream as urgent. Stacks disagree about which byte it is, middleboxes clear it, and RFC 9293 advises new programs against it.',
    ],
  },
};
