import { quotedName } from '../server/model/quoted-name.ts';

/** As many digits of a container's id as its tools print; the filter takes them for the whole. */
const SHORT_ID = /^[0-9a-f]{12}(?=[0-9a-f]{52}$)/;

/** The unit or container that a process belongs to, in short and in full, and the filter that shows its sockets. */
export function belonging({
  unit,
  container,
}: {
  readonly unit: string | null;
  readonly container: string | null;
}): { text: string; title: string; filter: string } | null {
  if (container !== null) {
    const text = SHORT_ID.exec(container)?.[0] ?? container;
    return { text, title: container, filter: `container = ${quotedName(text)}` };
  }
  return unit === null ? null : { text: unit, title: unit, filter: `unit = ${quotedName(unit)}` };
}
