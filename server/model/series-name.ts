/** Of a label's value, in characters. */
const MAX_LABEL = 100;

export type SeriesLabels = Readonly<Record<string, string | number>>;

/** A series of the history: as in Prometheus, with the labels in the order that they are given. */
export function seriesName(name: string, labels: SeriesLabels): string {
  const texts = Object.entries(labels).map(([label, value]) => {
    const text = String(value).slice(0, MAX_LABEL);
    return `${label}="${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
  });
  return texts.length === 0 ? name : `${name}{${texts.join(',')}}`;
}
