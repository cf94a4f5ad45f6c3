/** The words of a finding's page. Numbers and times arrive as text. */
export const viewFindingEn = {
  back: 'Overview',
  loading: 'Asking for the finding…',
  /** It was never seen, or longer ago than anything is kept. */
  unknown: 'Nothing is known of this finding',
  unknownWhy:
    'It is not there at present, and no form of it is kept: it is older than what is kept, or the address is not complete.',
  unreachable: 'Halfclose does not answer; it is asked again with the next observation.',
  failed: (reason: string) => `What is kept of it could not be read: ${reason}`,
  toOverview: 'See what is found at present',
  toAlerts: 'See past alerts',

  ended: (lastSeen: string) => `It is over: last seen ${lastSeen}.`,
  endedAs: (seen: string) => `What follows is how it was at ${seen}, the last time it was written down.`,
  notThen: (moment: string) => `It did not stand at ${moment}.`,
  asOf: (moment: string) => `As it was at ${moment}.`,
  nextAt: (moment: string) => `See it at ${moment}`,
  toNow: 'See it now',

  since: (time: string, duration: string) => `since ${time}, for ${duration}`,
  lasted: (from: string, to: string, duration: string) => `from ${from} to ${to}, ${duration}`,
  ladder: 'What happened between the two ends',
  ladderOne: (count: string) =>
    count === '1'
      ? 'Drawn for its connection.'
      : `Drawn for one of its ${count} connections, the one that has stood longest.`,
  ladderAny: 'Drawn as each of them goes.',
  terms: 'What the states mean:',
  noLadder: 'This one is about the host, not about an exchange between two ends: there is no ladder to draw.',
  trend: 'Trend',
  trendOf: (what: string) => `${what} over time`,
  trendCount: 'Sockets',
  limitAt: (max: string) => `limit ${max}`,
  sockets: (shown: number, some: boolean) =>
    shown === 1
      ? some
        ? 'One of its sockets'
        : 'Its socket'
      : some
        ? `${shown} of its sockets, the oldest first`
        : `Its ${shown} sockets, the oldest first`,
  noSockets: 'No single socket shows it: the kernel’s counters do.',
  socketsGone: 'Sockets of a past moment are kept only with the evidence of its alert.',
  allSockets: 'Show its sockets',
  advice: 'What to do',
  shell: 'In a shell',
  filter: 'As a filter of this page',
  evidence: 'Evidence',
  relations: 'What it hangs together with',
  follows: 'It follows from',
  consequences: (count: number) =>
    count === 1 ? 'One finding follows from it' : `${count} findings follow from it`,

  alert: 'Alert',

  alertNow: 'Its alert now',
  noAlert: 'No alert of it: findings of severity info alarm nobody.',
  noAlertYet: 'No alert of it at present.',
  pendingSince: (time: string) => `Pending since ${time}: it has to last before anybody is told.`,
  firingSince: (time: string) => `Firing since ${time}: the receivers that are configured are told.`,
  resolvedAt: (time: string) => `Resolved at ${time}.`,
  acknowledgedBy: (author: string, time: string) => `${author} is at it since ${time}.`,
  silenced: (count: number) => (count === 1 ? 'A silence holds for it.' : `${count} silences hold for it.`),
  quiet: 'Quiet hours hold for it: nobody is told meanwhile.',
  acknowledge: 'Acknowledge',
  withdraw: 'Withdraw acknowledgement',
  silence: 'Silence',
  seeAlert: 'See the alert',
  stored: 'Stored evidence',
  storedHint:
    'What was seen when it began to fire: up to 500 sockets, their owners, and the ten minutes before.',
  storedOf: (time: string) => `As it fired at ${time}`,
  page: 'Page (HTML)',
  json: 'JSON',
  before: 'Before',
  beforeHint: 'When it stood earlier, as far as that is kept.',
  stood: (from: string, duration: string) => `${from}, for ${duration}`,
};

export type ViewFindingTexts = typeof viewFindingEn;
