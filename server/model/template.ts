/**
 * The rules of users' templates, in Liquid: the same where they are checked and where they are rendered. No file can be read,
 * and what is unknown is a mistake.
 * Sources: https://liquidjs.com/api/interfaces/LiquidOptions.html, https://liquidjs.com/tutorials/dos.html
 */
export const TEMPLATE_OPTIONS = {
  strictFilters: true,
  strictVariables: true,
  /** `{% if alert.labels.team %}` asks whether it is there. */
  lenientIf: true,
  ownPropertyOnly: true,
  /** No file system: the templates that could be included are these. */
  templates: {},
  /** Characters of a template. */
  parseLimit: 64 * 1024,
  /** Milliseconds; a template is rendered on the event loop. */
  renderLimit: 500,
  /** Objects and characters that filters make. */
  memoryLimit: 4_000_000,
  timezoneOffset: 0,
  locale: 'en-US',
} as const;

/** Tags that would read other templates. */
export const FORBIDDEN_TAGS = ['include', 'render', 'layout', 'block'] as const;

/** What a template can name; see docs/receivers.md. */
export const TEMPLATE_VARIABLES = [
  'status',
  'receiver',
  'title',
  'test',
  'language',
  'groupLabels',
  'alerts',
  'externalUrl',
] as const;
export type TemplateVariables = Readonly<Record<(typeof TEMPLATE_VARIABLES)[number], unknown>>;
