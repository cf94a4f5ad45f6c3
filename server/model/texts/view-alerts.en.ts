import type { Outcome } from '../alert.ts';
import type { TestAnswer } from '../alert-api.ts';

/** The words of the view of alerts. Numbers and times arrive as text. */
export const viewAlertsEn = {
  intro:
    'A finding that lasts becomes an alert, and the receivers are told: when it fires, when it becomes more severe, and when it is over.',
  /** While the page shows a past moment. */
  ofNow:
    'Alerts, receivers and silences are those of now, whatever moment the page shows. The alerts of then are among the past ones.',
  loading: 'Asking for the alerts…',
  /** Beside what was read before. */
  stale: 'Halfclose did not answer the last request; this is its answer before.',
  failed: (reason: string) => `Could not be read: ${reason}`,
  unreachable: 'Halfclose does not answer. It is asked again every few seconds.',
  tryAgain: 'Try again',

  present: {
    heading: 'Now',
    resolved: 'Resolved lately',
    /** `held`: how many of the firing are told to nobody at present. */
    summary: (firing: number, pending: number, held: number) =>
      firing + pending === 0
        ? 'Nothing fires.'
        : [
            firing > 0 && `${firing} firing`,
            held > 0 && `${held} of them held back`,
            pending > 0 && `${pending} pending`,
          ]
            .filter(Boolean)
            .join(', ') + '.',
    noneWhy:
      'Halfclose looks on every pass. A finding turns up here as soon as it is severe enough to alarm, and fires when it has lasted.',
    silenced: (until: string) => (until === '' ? 'Silenced' : `Silenced until ${until}`),
    quiet: 'Quiet hours',
    quietMeaning: 'What still fires when the quiet hours end is told then.',
    acknowledged: (author: string) => `Acknowledged by ${author}`,
    firingSince: (time: string, duration: string) => `since ${time}, ${duration}`,
    pendingSince: (time: string, duration: string) => `pending since ${time}, ${duration}`,
    lasted: (time: string, duration: string) => `over at ${time}, lasted ${duration}`,
    silence: 'Silence…',
    acknowledge: 'Acknowledge…',
    withdraw: 'Withdraw acknowledgement',
    withdrawn: 'The acknowledgement is withdrawn: reminders go out again.',
    /** Names the button for a screen reader. */
    about: (action: string, title: string) => `${action} ${title}`,
  },

  one: {
    back: 'All alerts',
    gone: 'This alert is not known: it never fired, or it ended longer ago than the store keeps.',
    goneNext: 'Past alerts, as far back as they are kept, are listed further down.',
    life: 'Its life',
    labels: 'Labels',
    labelsHint: 'What silences, receivers and quiet hours go by.',
    toFinding: 'The finding, with cause and advice',
    evidence: 'Evidence',
    evidenceHint: 'Its sockets, their owners, counters and the ten minutes before, as it began to fire.',
    evidenceNone: 'No evidence is kept of this alert.',
    evidenceOf: (format: string, title: string) => `${format}: evidence of “${title}”`,
    evidencePending: 'Evidence is kept when it fires.',
    page: 'Page (HTML)',
    pendingSince: 'Seen for the first time: pending',
    fired: 'Firing',
    resolved: 'Resolved',
    severity: (severity: string) => `Severity now: ${severity}`,
    acknowledged: (author: string) => `Acknowledged by ${author}`,
    withdrawn: 'Acknowledgement withdrawn',
    told: {
      firing: {
        delivered: (receiver: string) => `${receiver} was told`,
        retry: (receiver: string) => `${receiver} could not be told, will be tried again`,
        refused: (receiver: string) => `${receiver} refused the message`,
        gave_up: (receiver: string) => `Gave up telling ${receiver}`,
      },
      resolved: {
        delivered: (receiver: string) => `${receiver} was told that it is over`,
        retry: (receiver: string) => `${receiver} could not be told that it is over, will be tried again`,
        refused: (receiver: string) => `${receiver} refused the message that it is over`,
        gave_up: (receiver: string) => `Gave up telling ${receiver} that it is over`,
      },
    } satisfies Record<'firing' | 'resolved', Record<Outcome, (receiver: string) => string>>,
    /** The same came of several attempts. */
    times: (count: number, text: string, last: string) =>
      count === 1 ? '' : `${text} times, last at ${last}`,
    later: (duration: string) => `+${duration}`,
    still: 'Still so now',
    notTold: 'Nobody has been told yet.',
    noReceivers: 'No receiver is configured, so nobody is told.',
    bar: (pending: string, firing: string) =>
      firing === '' ? `Pending for ${pending}` : `Pending for ${pending}, then firing for ${firing}`,
  },

  receivers: {
    heading: 'Receivers',
    none: 'No receiver is configured: nobody is told of alerts.',
    noneNext:
      'They are entries of receivers in the configuration file: a webhook, Slack, e-mail, Alertmanager.',
    kinds: {
      webhook: 'webhook',
      alertmanager: 'Alertmanager',
      slack: 'Slack',
      discord: 'Discord',
      telegram: 'Telegram',
      ntfy: 'ntfy',
      dingtalk: 'DingTalk',
      feishu: 'Feishu',
      wecom: 'WeCom',
      pagerduty: 'PagerDuty',
      email: 'e-mail',
      command: 'command',
    } as Readonly<Record<string, string>>,
    never: 'Nothing sent since Halfclose started',
    last: {
      delivered: (ago: string) => `Delivered ${ago} ago`,
      retry: (ago: string) => `Failed ${ago} ago, trying again`,
      refused: (ago: string) => `Refused ${ago} ago`,
      gave_up: (ago: string) => `Given up ${ago} ago`,
    } satisfies Record<Outcome, (ago: string) => string>,
    status: (status: string) => `status ${status}`,
    lastDelivered: (ago: string) => `Last delivered ${ago} ago.`,
    neverDelivered: 'Nothing delivered since Halfclose started.',
    waiting: (count: number) => (count === 1 ? '1 message waits.' : `${count} messages wait.`),
    test: 'Test',
    testOf: (receiver: string) => `Test ${receiver}`,
  },

  test: {
    heading: (receiver: string) => `Test of ${receiver}`,
    sending: 'A sample that says it is one is being sent…',
    outcome: {
      delivered: 'Delivered',
      retry: 'Failed; it may work later',
      refused: 'Refused',
    } satisfies Record<TestAnswer['outcome'], string>,
    status: 'Status',
    noStatus: 'none',
    took: 'Took',
    reason: 'Reason',
    sent: 'Sent',
    answered: 'Answer',
    empty: 'Empty.',
    noAnswer: 'There was no answer.',
    secrets: 'Secrets are taken out.',
    again: 'Send again',
  },

  silences: {
    heading: 'Silences',
    add: 'New silence…',
    none: 'Nothing is silenced.',
    active: 'Holds',
    pending: 'Begins later',
    endedCount: (count: number) =>
      count === 1 ? '1 that ended today' : `${count} that ended in the last day`,
    until: (time: string, left: string) => `until ${time}, ${left} left`,
    from: (from: string, until: string) => `from ${from} until ${until}`,
    endedAt: (time: string) => `ended ${time}`,
    by: (author: string) => `by ${author}`,
    holdsFor: (count: number) =>
      count === 0
        ? 'fits no present alert'
        : count === 1
          ? 'holds back 1 alert'
          : `holds back ${count} alerts`,
    expire: 'End…',
    expireOf: (matchers: string) => `End the silence ${matchers}`,
    expireHeading: 'End this silence now?',
    expireExplained: (count: number) =>
      count === 0
        ? 'It holds back no alert at present.'
        : count === 1
          ? 'The alert that it holds back is told to the receivers if it still fires.'
          : `The ${count} alerts that it holds back are told to the receivers if they still fire.`,
    expireNow: 'End it',
    expired: 'The silence has ended.',
  },

  quiet: {
    heading: 'Quiet hours',
    none: 'There are no quiet hours.',
    noneNext: 'They stand in the configuration file, as alerts.quietHours.',
    configured: 'From the configuration file; to be changed there.',
    holds: (until: string) => (until === '' ? 'Hold now, and always' : `Hold now, until ${until}`),
    next: (at: string) => (at === '' ? 'Never hold' : `Begin ${at}`),
    hours: (from: string, to: string) => `${from} to ${to}`,
    daily: 'every day',
    days: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
    timezone: (name: string) => `time of ${name}`,
    concerns: (matchers: string) => `Hold back what fits ${matchers}`,
    everything: 'Hold back everything',
  },

  past: {
    heading: 'Past alerts',
    none: 'No alert has ended since Halfclose keeps them.',
    what: 'What',
    severity: 'Severity',
    from: 'Fired',
    lasted: 'Lasted',
    evidence: 'Evidence',
    older: 'Show older ones',
    all: 'These are all that are kept.',
  },

  considered: {
    heading: 'Considered and not flagged',
    intro:
      'What was looked at and is no finding at present, with the reason: what is nearest to its threshold first.',
    none: 'Nothing came near enough to a finding to be considered.',
    thresholds: (value: string, threshold: string) => `${value} of ${threshold}`,
  },
};

export type ViewAlertsTexts = typeof viewAlertsEn;
