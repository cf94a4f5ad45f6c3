/**
 * Addresses as four 32-bit words in network order, IPv4 as 0, 0, 0xffff, address (IPv4-mapped, RFC 4291 2.5.5.2).
 */
export type AddressWords = readonly [number, number, number, number];

export function isIpv4Words(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
}

/** True for 0.0.0.0, :: and ::ffff:0.0.0.0. */
export function isUnspecified(words: Uint32Array, at: number): boolean {
  const third = words[at + 2];
  return words[at] === 0 && words[at + 1] === 0 && (third === 0 || third === 0xffff) && words[at + 3] === 0;
}

/** The usual text of an address: `10.0.0.1` (also for an IPv4-mapped one), `fe80::1` (RFC 5952). */
export function formatAddress(words: Uint32Array, at = 0): string {
  const a = words[at] ?? 0;
  const b = words[at + 1] ?? 0;
  const c = words[at + 2] ?? 0;
  const d = words[at + 3] ?? 0;
  if (a === 0 && b === 0 && c === 0xffff) {
    return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`;
  }
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  const gap = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (gap.length < 2) return hex.join(':');
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.length).join(':')}`;
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

/** `10.0.0.1:443`, `[::1]:443`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The words of an address in text, or undefined where the text is none. Zones (`%eth0`) are not taken. */
export function parseAddress(text: string): AddressWords | undefined {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return [0, 0, 0xffff, v4];
  return parseIpv6(text);
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    // A leading zero is octal to some parsers and decimal to others: refuse it rather than guess.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

function parseIpv6(text: string): AddressWords | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  const word = (i: number) => (groups[i * 2] ?? 0) * 0x10000 + (groups[i * 2 + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

/** `last`: these are the address's last groups, where a dotted IPv4 may stand. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = last && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (v4 !== undefined) groups.push(Math.floor(v4 / 0x10000), v4 % 0x10000);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
