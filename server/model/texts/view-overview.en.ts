/** Words of the overview: limits, who holds most, what has changed. */
export const viewOverviewEn = {
  limits: {
    heading: 'Limits',
    past: 'Which limits were near at a past moment is not kept; the findings of that moment say which were reached.',
    names: {
      ports: 'Ports to one destination',
      descriptors: 'Descriptors of one process',
      accept_queue: 'Accept queue',
      time_wait: 'TIME_WAIT table',
      orphans: 'Orphaned sockets',
      memory: 'TCP memory',
      conntrack: 'Tracked connections',
    },
    of: (used: string, max: string) => `${used} of ${max}`,
    pages: (used: string, max: string) => `${used} of ${max} pages`,
    unknown: 'unknown',
    levels: { warning: 'near the limit', critical: 'at the limit or close to it' },
    /** Where the marks on the bar stand. */
    marks: (warning: string, critical: string) =>
      `Marked: warning from ${warning}, critical from ${critical}.`,
    memoryMarks: (pressure: string) => `Marked: pressure from ${pressure}, refusal at the end.`,
    /** What happens at the limit. */
    meaning: {
      ports:
        'When no port is left, connect() to that destination fails with EADDRNOTAVAIL, and no counter of the kernel shows it.',
      descriptors:
        'At the limit accept(), connect() and open() fail with EMFILE. Clients then wait in the accept queue.',
      accept_queue:
        'When it is full, handshakes cannot end and new SYNs are dropped: clients wait a second and more, then try again.',
      time_wait:
        'When it is full, connections end without TIME_WAIT, and a late segment may hit a new connection. Nobody is refused.',
      orphans:
        'Beyond it the kernel ends orphans by RST, and what they had to deliver is lost. It may count one up to four times, so trouble can begin at a quarter.',
      memory:
        'Above the mark the kernel shrinks the buffers of all connections; at the end it refuses memory and drops segments.',
      conntrack:
        'When the table is full, packets of new connections are dropped, whatever program they are for.',
    },
    /** Why there is no number. */
    unreadable: {
      ports: 'net.ipv4.ip_local_port_range cannot be read here.',
      descriptors: 'Of no process are both known: they may not be read, or the limit is infinite.',
      accept_queue: '/proc does not show the maximum of an accept queue; sock_diag does.',
      time_wait: 'net.ipv4.tcp_max_tw_buckets cannot be read here.',
      orphans: 'net.ipv4.tcp_max_orphans cannot be read: only the host’s first network namespace has it.',
      memory: 'net.ipv4.tcp_mem cannot be read: only the host’s first network namespace has it.',
      conntrack: 'nf_conntrack_max cannot be read here.',
    },
    nobody: {
      ports: 'No destination uses ports.',
      descriptors: 'No process is known to hold a socket.',
      accept_queue: 'Nothing listens.',
      time_wait: 'None.',
      orphans: 'None.',
      memory: 'None.',
      conntrack: 'None.',
    },
    from: (local: string) => `from ${local}`,
    inNamespace: (netns: string) => `in ${netns}`,
    none: 'none used',
  },
  processes: {
    heading: 'Who holds them',
    past: 'Who held the sockets at a past moment is not kept.',
    sockets: (count: number, text: string) => (count === 1 ? '1 socket' : `${text} sockets`),
    descriptors: (used: string, limit: string) => `${used} of ${limit} descriptors`,
    descriptorsOnly: (used: string) => `${used} descriptors`,
    none: 'No process is known to hold a socket.',
    /** `rest`: sockets of the processes that are not listed. */
    others: (count: number, rest: string) =>
      count === 1 ? 'and 1 socket of other processes' : `and ${rest} sockets of other processes`,
    unknown: (count: number, text: string) =>
      count === 1 ? '1 socket has no known process.' : `${text} sockets have no known process.`,
    why: 'Why',
  },
  change: {
    /** `+312 in 1 h`: `by` has its sign. */
    since: (by: string, duration: string) => `${by} in ${duration}`,
    more: (count: string, duration: string) => `${count} more than ${duration} ago`,
    fewer: (count: string, duration: string) => `${count} fewer than ${duration} ago`,
  },
};

export type ViewOverviewTexts = typeof viewOverviewEn;
