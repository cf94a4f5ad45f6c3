import type { Log, Sink } from './model/units.ts';

/** Says in the log what keeps processes from being named, each time that it is something else; page and API say it always. */
export function createAccessLog(log: Log): Sink {
  let last = '';
  return {
    name: 'access_log',
    publish({ ownership }) {
      const { missingCapabilities, processesDenied, processesHidden, processesDeniedAlthoughHeld } =
        ownership;
      const missing = missingCapabilities.map(({ capability }) => capability).join(',');
      const now = `${missing} ${processesHidden} ${processesDeniedAlthoughHeld > 0}`;
      if (now === last) return;
      last = now;
      if (missing !== '') {
        log.warn(
          { missing, processes: processesDenied },
          'the sockets of some processes have no known owner, for lack of capabilities',
        );
      }
      if (processesDeniedAlthoughHeld > 0) {
        log.warn(
          { processes: processesDeniedAlthoughHeld },
          'the sockets of some processes have no known owner: another user namespace, or a security module, keeps them',
        );
      }
      if (processesHidden) {
        log.warn(
          {},
          "the sockets of other users' processes have no known owner: procfs is mounted with hidepid",
        );
      }
    },
  };
}
