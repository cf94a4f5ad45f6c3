/**
 * OpenMetrics 1.0, made from the Prometheus text format: once prom-client has rendered OpenMetrics, it drops `_total` from
 * the counters of every later text too.
 * Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function toOpenMetrics(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.map((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1]));
  const converted = lines.map((line) => {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line) ?? [];
    if (keyword === undefined) return line;
    // The family of a counter is named without the suffix of its sample, and quotes in a help text are escaped.
    const stem = name.replace(/_total$/, '');
    return `# ${keyword} ${counters.has(stem) ? stem : name} ${rest.replace(/"/g, '\\"')}`;
  });
  return `${converted.join('\n')}\n# EOF\n`;
}

/** Whether an Accept header likes OpenMetrics 1 at least as well as plain text. Source: RFC 9110, section 12.5.1. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  let openMetrics = 0;
  let text = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice(8) ?? '1.0.0';
    if (type === 'application/openmetrics-text' && version.startsWith('1.'))
      openMetrics = Math.max(openMetrics, q);
    else if (type === 'text/plain' || type === 'text/*') text = Math.max(text, q);
  }
  return openMetrics > 0 && openMetrics >= text;
}
