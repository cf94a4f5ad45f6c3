import { formatEndpoint } from '../server/model/address.ts';
import type { LiveState } from '../server/model/live.ts';
import type { Format } from './format.ts';

interface Words {
  readonly none: string;
  readonly used: (used: string, max: string) => string;
}

/** What the detectors look at, as it is now: why nothing was reported. */
export function weigh(
  state: LiveState,
  format: Format,
  words: Words,
): { what: 'closeWait' | 'destination' | 'table'; value: string }[] {
  const { byState } = state.sockets;
  const oldest = state.oldest.CLOSE_WAIT;
  const closeWait =
    byState.CLOSE_WAIT === 0
      ? words.none
      : `${format.count(byState.CLOSE_WAIT)}${oldest ? ` (${oldest.exact ? '' : '≥ '}${format.duration(oldest.seconds)})` : ''}`;
  const [fullest] = state.ports;
  const destination =
    fullest === undefined
      ? words.none
      : `${formatEndpoint(fullest.remoteAddress, fullest.remotePort)} ${
          fullest.usable === null ? format.count(fullest.used) : format.share(fullest.used / fullest.usable)
        }`;
  const { maxTimeWait } = state.limits;
  const timeWait = format.count(byState.TIME_WAIT);
  return [
    { what: 'closeWait', value: closeWait },
    { what: 'destination', value: destination },
    {
      what: 'table',
      value: maxTimeWait === null ? timeWait : words.used(timeWait, format.count(maxTimeWait)),
    },
  ];
}
