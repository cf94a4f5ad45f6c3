/** The views of the dashboard. Each has a path, so that a link shows another person the same thing; the server knows them too. */
export const VIEWS = ['overview', 'finding', 'sockets', 'listeners', 'alerts', 'learn'] as const;
export type View = (typeof VIEWS)[number];

/** What follows a slash after one of them names one thing: a fingerprint, a socket, an alert, a topic. */
export const VIEW_PATHS: Readonly<Record<View, string>> = {
  overview: '/',
  finding: '/findings',
  sockets: '/sockets',
  listeners: '/listeners',
  alerts: '/alerts',
  learn: '/learn',
};
