import type { NotificationTexts } from './notification.ts';

export const notificationEn: NotificationTexts = {
  resolved: 'Resolved',
  summary: (firing, resolved, group) =>
    `${[firing > 0 && `${firing} firing`, resolved > 0 && `${resolved} resolved`].filter(Boolean).join(', ')}: ${group}`,
  single: (severity, instance, title) => `${severity} on ${instance}: ${title}`,
  heading: (severity, title) => `${severity}: ${title}`,
  test: (title) => `[TEST] ${title}`,
  testExplained: 'This is a test that somebody asked Halfclose to send. What it says is made up.',
  since: (at) => `Since ${at}`,
  lasted: (from, to, duration) => `From ${from} to ${to} (${duration})`,
  advice: (advice) => `What to do: ${advice}`,
  more: (count) => `… and ${count} more`,
  open: 'Open the dashboard',
  between: ', ',
};
