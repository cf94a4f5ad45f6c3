import { formatEndpoint, parseAddress } from '../model/address.ts';
import type { ListenAddress } from '../model/config.ts';

/** Letters, digits, - and _ between dots; what DNS and container names have. */
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;

export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

/**
 * `127.0.0.1:10793`, `[::1]:10793`, `localhost:10793`; `:10793` is every interface, IPv4 and IPv6 (`::`, which Linux
 * listens on for both). undefined where the text is none of these.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  const [, inBrackets, plain = ''] = match;
  if (inBrackets !== undefined) {
    const isIpv6 = inBrackets.includes(':') && parseAddress(inBrackets) !== undefined;
    return isIpv6 ? { host: inBrackets, port } : undefined;
  }
  if (plain === '') return { host: '::', port };
  // What looks like an address and is none (127.1, 0x7f000001) would be taken for a name, and resolve to who knows what.
  const numeric = /^(\d|0x)[\da-fx.]*$/i.test(plain);
  const valid = numeric ? parseAddress(plain) !== undefined : isHostName(plain);
  return valid ? { host: plain, port } : undefined;
}

/** True for 127.0.0.0/8 (IPv4-mapped too), ::1 and localhost: nobody from outside this host gets there. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const words = parseAddress(host);
  if (!words) return false;
  const [a, b, c, d] = words;
  if (a !== 0 || b !== 0) return false;
  return c === 0xffff ? d >>> 24 === 127 : c === 0 && d === 1;
}

/** 0.0.0.0 and ::, which are every interface and no place to connect to. */
function isEveryInterface(host: string): boolean {
  const words = parseAddress(host);
  return words !== undefined && words[0] === 0 && words[1] === 0 && words[3] === 0 && words[2] % 0xffff === 0;
}

/** The URL of a listen address; for every interface that of `self`. */
export function urlOf({ host, port }: ListenAddress, self: string): string {
  return `http://${formatEndpoint(isEveryInterface(host) ? self : host, port)}`;
}
