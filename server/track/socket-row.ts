import { formatAddress } from '../model/address.ts';
import { MAX_HOLDERS, type SocketRow } from '../model/api.ts';
import { OWNER_GAPS, type Process, type View } from '../model/snapshot.ts';
import { TIMER_KINDS } from '../model/socket-table.ts';
import { stateOfKernel } from '../model/state.ts';

/** A row as people and programs see it; `tcpInfo` is null until the kernel has been asked. */
export function socketRow(view: View, row: number): SocketRow {
  const { table, id, ageSeconds, ageExact, holders, ownerGap } = view.sockets;
  const held = view.holderSets[holders[row]!] ?? [];
  const processes = held.slice(0, MAX_HOLDERS).map((index) => processOf(view.processes[index]!));
  const kind = TIMER_KINDS[table.timer[row]!];
  return {
    id: id[row]!.toString(36),
    netns: view.namespace,
    family: table.family[row] === 6 ? 'ipv6' : 'ipv4',
    state: stateOfKernel(table.state[row]!) ?? 'CLOSE',
    local: { address: formatAddress(table.localAddress, row * 4), port: table.localPort[row]! },
    remote: { address: formatAddress(table.remoteAddress, row * 4), port: table.remotePort[row]! },
    recvQueueBytes: table.recvQueueBytes[row]!,
    sendQueueBytes: table.sendQueueBytes[row]!,
    uid: table.uid[row]!,
    inode: table.inode[row]!,
    process: processes[0] ?? null,
    processes,
    processesTotal: held.length,
    processUnknown: OWNER_GAPS[ownerGap[row]!] ?? 'not_found',
    ageSeconds: ageSeconds[row]!,
    ageExact: ageExact[row] === 1,
    timer:
      kind === undefined || kind === 'none'
        ? null
        : {
            kind,
            expiresSeconds: table.timerExpiresMs[row]! / 1000,
            retransmits: table.retransmits[row]!,
            probes: table.probes[row]!,
          },
    tcpInfo: null,
  };
}

function processOf({ pid, name, unit, container, pod }: Process): SocketRow['processes'][number] {
  return { pid, name, unit, container, pod };
}
