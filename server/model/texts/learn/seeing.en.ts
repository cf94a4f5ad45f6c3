import type { TopicTexts } from './topic.ts';

export const seeingEn: TopicTexts<'seeing'> = {
  ss: {
    name: 'ss',
    also: 'netstat command terminal iproute2',
    summary: 'Shows sockets in a terminal; Halfclose speaks its filter language.',
    is: [
      '-t TCP, -a all states, -n numbers, -p processes, -o timers, -i measurements of the kernel, -l listeners only, -e inode and cookie. Then a filter: `state close-wait and dport = :5432`.',
    ],
    look: [
      'timer:(on,3.1sec,4): the retransmission timer, due in 3.1 s, after 4 repetitions. keepalive, persist and timewait are the other kinds.',
    ],
    linux: [
      'Without root, processes of others are missing.',
      'It shows one network namespace: `ip netns exec NAME ss …` or `nsenter -t PID -n ss …` for another.',
    ],
    myths: [
      [
        '“netstat does the same.”',
        'It reads /proc: slower by far, without listeners’ maxima and measurements.',
      ],
    ],
    shows: [
      'A summary.',
      'All TCP sockets with processes and timers.',
      'Ends sockets by force (root; the kernel needs INET_DIAG_DESTROY). Both programs see a reset.',
    ],
  },
  'tcp-info': {
    name: 'tcp_info',
    also: 'rtt cwnd lastack lastrcv retrans TCP_INFO',
    summary: 'What the kernel has measured on a connection.',
    is: [
      'A program gets it by getsockopt(TCP_INFO) for its own sockets, sock_diag for all. Halfclose asks for it where it decides a verdict.',
    ],
    look: [
      'rtt: smoothed round trip. minrtt: the path without queues.',
      'lastsnd, lastrcv, lastack: ms since something was sent, received, acknowledged.',
      'backoff and retrans: how often the timer has doubled, and what was repeated.',
      'unacked: segments under way. snd_wnd 0: the peer takes nothing.',
    ],
    shows: ['One line of measurements under each socket.'],
  },
  age: {
    name: 'Age in a state',
    also: 'how long since at least ≥',
    summary: 'How long a socket has been in its present state; “≥” is a lower bound.',
    is: [
      'The kernel does not keep it. Halfclose sees a socket change its state and counts from there, exact to one interval. What was there before Halfclose began to watch is counted from first sight: “≥ 5 min”.',
      'For TIME_WAIT and other timed states the kernel’s timer tells the true age.',
    ],
    linux: [
      'A socket is the same one as long as its cookie is: it stays through FIN_WAIT2 and TIME_WAIT, when the inode is already gone.',
    ],
    look: [
      'In states that should take one round trip, any age in seconds is a sign. A count alone says little: busy hosts have many young ones.',
    ],
  },
};
