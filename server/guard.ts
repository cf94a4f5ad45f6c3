import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { WebConfig } from './model/config.ts';
import { printable } from './model/printable.ts';

/** Of what a stranger sent, in a line for the log. */
const MAX_SHOWN_LENGTH = 100;

/** Why a request is refused, as one line for people; null where it may pass. The same for HTTP and for the upgrade. */
export type Guard = (request: IncomingMessage) => string | null;

/**
 * Keeps other web sites out of a server that asks for no password.
 * Host: a page that rebinds its own name to this address sends that name; names are checked against a list, and a literal
 * address cannot be rebound. Origin: browsers send it with every WebSocket and every request that writes; it must name
 * the very host and port that was asked. A WebSocket without Origin is no browser's and is refused as well, since a
 * program that means it can set one.
 * `urls`: where it listens, as it is told to people; they may all be asked.
 */
export function createGuard(web: WebConfig, urls: readonly string[]): Guard {
  const external = new URL(web.externalUrl);
  const listening = urls.map((url) => new URL(url).hostname);
  const names = new Set(['localhost', external.hostname, ...listening, ...web.allowedHosts]);
  return (request) => {
    const host = request.headers.host;
    const name = host === undefined ? undefined : hostname(host);
    if (host === undefined || name === undefined) return 'a Host header is required';
    if (!isIP(name) && !names.has(name)) {
      const asked = printable(name, MAX_SHOWN_LENGTH);
      return `this server does not answer to the host name "${asked}"; start it with --web.allow-host=${asked} or --web.external-url if it should`;
    }
    const origin = request.headers.origin;
    if (origin === undefined) {
      return request.headers.upgrade === undefined
        ? null
        : 'an Origin header is required to open a WebSocket';
    }
    const own = origin === `http://${host}` || origin === `https://${host}` || origin === external.origin;
    return own ? null : `requests from the origin "${printable(origin, MAX_SHOWN_LENGTH)}" are refused`;
  };
}

/** The name or address of a Host header, lower case, without port and brackets; undefined where it is none. */
function hostname(host: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+))(?::\d{1,5})?$/.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}
