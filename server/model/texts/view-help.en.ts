/** The words of the list of keys. */
export const viewHelpEn = {
  heading: 'Keys',
  close: 'Close',
  keys: [
    ['g o', 'Overview; g s, g p, g a, g l: the other views, from left to right'],
    ['/', 'Go to the search or filter of the view'],
    ['Esc', 'Clear the filter; close what is open'],
    ['↑ ↓ Enter', 'Walk through the rows of a table; open one'],
    ['Space', 'Pause and resume the table of sockets'],
    [
      '+ − ← →',
      'On a chart: zoom, move; with Shift, ← and → point at a value, and Enter shows that moment; 0 resets',
    ],
    ['Tab', 'Walk through states, findings and rows'],
    ['?', 'This help'],
  ] as readonly (readonly [string, string])[],
  filterHeading: 'Filter',
  filterIntro: 'The language of ss, extended:',
  filterWords: [
    ['state close-wait', 'a state, or connected, synchronized'],
    ['src 10.0.0.0/8', 'local address, also with :port; dst for the remote one'],
    ['sport = :443', 'local port; dport for the remote one'],
    ['process = "nginx"', 'also pid, uid, inode'],
    ['unit = nginx.service', 'also container by its id, netns by name'],
    ['age > 60s', 'time in the present state'],
    ['recvq > 0', 'bytes not read; sendq for bytes not acknowledged'],
    ['and or not ( )', 'to put them together'],
  ] as readonly (readonly [string, string])[],
  agesHeading: 'Ages',
  ages: '≥ marks a lower bound: the socket was in its state before Halfclose first saw it.',
};

export type ViewHelpTexts = typeof viewHelpEn;
