/** What a message to people says besides findings, in one language. */
export interface NotificationTexts {
  readonly resolved: string;
  /** The heading where there is more than one alert: what they have in common, and how many there are. */
  readonly summary: (firing: number, resolved: number, group: string) => string;
  /** The heading of one alert: how bad it is, or that it is over, then where and what. */
  readonly single: (severity: string, instance: string, title: string) => string;
  /** Of one alert of several. */
  readonly heading: (severity: string, title: string) => string;
  /** Before the heading of a sample. */
  readonly test: (title: string) => string;
  readonly testExplained: string;
  readonly since: (at: string) => string;
  readonly lasted: (from: string, to: string, duration: string) => string;
  readonly advice: (advice: string) => string;
  readonly more: (count: number) => string;
  readonly open: string;
  readonly between: string;
}
