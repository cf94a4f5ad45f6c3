import { closeWaitLeakEn } from './findings.close-wait-leak.en.ts';
import { timeWaitBuildupEn } from './findings.time-wait-buildup.en.ts';
import { formatFor, type FindingTexts } from './findings.ts';

export const findingsEn: FindingTexts = {
  format: formatFor('en', { day: ' d', hour: ' h', minute: ' min', second: ' s' }, ' '),
  describe: { close_wait_leak: closeWaitLeakEn, time_wait_buildup: timeWaitBuildupEn },
  causes: {
    close_wait_leak: {
      never_accepted: 'never accepted',
      unread_data: 'data not read',
      fin_unread: 'FIN not read',
      drained: 'close() missing',
    },
    time_wait_buildup: {
      client_ports: 'ports to a destination',
      serving_side: 'serving side, harmless',
      table_full: 'TIME_WAIT table full',
    },
  },
  evidence: {
    neverAccepted: 'Never accepted',
    unreadData: 'Data not read',
    finUnread: 'FIN not read',
    drained: 'Read to the end, not closed',
    younger: 'Younger, not counted',
    minAgeSeconds: 'Counted from an age of',
    peers: 'Peers',
    recvQueueBytes: 'Bytes in receive queues',
    ownerGap: 'Why the process is unknown',
    descriptorsUsed: 'Open descriptors',
    descriptorLimit: 'Descriptor limit',
    acceptQueue: 'In the accept queue',
    acceptQueueMax: 'Accept queue’s maximum',
    growthPerMinute: 'Growth per minute',
    growthWindowSeconds: 'Growth measured over',
    growing: 'Growing',
    portsUsed: 'Local ports used',
    portsUsable: 'Local ports usable',
    usedRatio: 'Share used',
    timeWait: 'TIME_WAIT',
    established: 'ESTABLISHED',
    connectionsPerSecond: 'Connections per second, estimated',
    timeWaitReuse: 'tcp_tw_reuse',
    process: 'Process',
    pid: 'Pid',
    bytesAtLeast: 'Kernel memory, at least',
    bytesAtMost: 'Kernel memory, at most',
    maxTimeWait: 'tcp_max_tw_buckets',
    overflowPerSecond: 'Overflows per second',
  },
  severities: { info: 'Info', warning: 'Warning', critical: 'Critical' },
};
