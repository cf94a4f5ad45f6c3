const MAX_SHOWN_BYTES = 64 * 1024;
/** Shorter parts of a URL or a header are words such as `hooks` or `v2`, and no secrets. */
const MIN_PART_LENGTH = 8;
const PLAIN_HEADERS: ReadonlySet<string> = new Set(['content-type', 'user-agent', 'accept']);

/** Takes secrets out of a text that is shown, and cuts it. */
export type Redact = (text: string) => string;

/** `secrets` are taken out wherever they occur, as they are, in JSON and in URLs. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => cutBytes(longestFirst.reduce((left, secret) => left.replaceAll(secret, '…'), text));
}

/** What of a URL may be a secret: path and query, together and in their parts. Many servers quote it in their "not found". */
export function secretsOfUrl(url: URL): string[] {
  const whole = [url.pathname + url.search, url.pathname, url.search].filter(({ length }) => length > 1);
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()];
  return [...whole, ...parts.filter(({ length }) => length >= MIN_PART_LENGTH)];
}

/** `Authorization: Bearer …`: each word of some length. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => !PLAIN_HEADERS.has(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...value.split(/\s+/)])
    .filter(({ length }) => length >= MIN_PART_LENGTH);
}

function cutBytes(text: string): string {
  if (Buffer.byteLength(text) <= MAX_SHOWN_BYTES) return text;
  return Buffer.from(text).subarray(0, MAX_SHOWN_BYTES).toString();
}
