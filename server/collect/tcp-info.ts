import { endianness } from 'node:os';
import type { TcpInfo } from '../model/api.ts';
import { printable } from '../model/printable.ts';
import { SOCKET_BYTES } from './inet-diag.ts';

const LITTLE_ENDIAN = endianness() === 'LE';

/** The attributes behind a struct inet_diag_msg. Source: include/uapi/linux/inet_diag.h. */
const INET_DIAG_INFO = 2;
const INET_DIAG_CONG = 4;
const INET_DIAG_SKMEMINFO = 7;
const INET_DIAG_MARK = 15;
const INET_DIAG_CGROUP_ID = 21;

/** struct nlattr: u16 length, with itself; u16 type, whose upper two bits are flags. Each begins at a multiple of four. */
const ATTRIBUTE_HEADER_BYTES = 4;
const TYPE_MASK = 0x3fff;

/** Up to tcpi_data_segs_out, as Linux 4.6 has it; a shorter struct tcp_info tells too little. */
const MIN_INFO_BYTES = 160;
/** SK_MEMINFO_VARS numbers. Source: include/uapi/linux/sock_diag.h. */
const MEMINFO_BYTES = 36;
/** TCP_CA_NAME_MAX of include/net/tcp.h. */
const MAX_NAME_LENGTH = 16;
/** min_rtt before the first measurement. */
const NOT_MEASURED = 0xffff_ffff;

/**
 * What the attributes of one socket's message say: `bytes` of it from `start` on. null without a struct tcp_info, which
 * TIME_WAIT and request sockets lack. An attribute that is cut ends the list.
 */
export function readTcpInfo(buffer: Uint8Array, start: number, bytes: number): TcpInfo | null {
  const attributes = attributesOf(buffer, start + SOCKET_BYTES, start + bytes);
  const info = attributes.get(INET_DIAG_INFO);
  if (!info || info.byteLength < MIN_INFO_BYTES) return null;
  const u32 = (at: number) => info.getUint32(at, LITTLE_ENDIAN);
  const u64 = (at: number) => Number(info.getBigUint64(at, LITTLE_ENDIAN));
  const cong = attributes.get(INET_DIAG_CONG);
  const mark = attributes.get(INET_DIAG_MARK);
  const cgroup = attributes.get(INET_DIAG_CGROUP_ID);
  const minRtt = u32(148);
  return {
    rttSeconds: u32(68) / 1e6,
    rttVarianceSeconds: u32(72) / 1e6,
    minRttSeconds: minRtt === NOT_MEASURED ? null : minRtt / 1e6,
    retransmissionTimeoutSeconds: u32(8) / 1e6,
    backoff: info.getUint8(4),
    congestionControl: cong ? nameOf(cong) : null,
    congestionWindowSegments: u32(80),
    sendMssBytes: u32(16),
    unackedSegments: u32(24),
    sackedSegments: u32(28),
    lostSegments: u32(32),
    retransmissionsTotal: u32(100),
    lastDataSentSeconds: u32(44) / 1000,
    lastDataReceivedSeconds: u32(52) / 1000,
    lastAckReceivedSeconds: u32(56) / 1000,
    bytesAcked: u64(120),
    bytesReceived: u64(128),
    notSentBytes: u32(144),
    memory: memoryOf(attributes.get(INET_DIAG_SKMEMINFO)),
    cgroupId: cgroup && cgroup.byteLength >= 8 ? Number(cgroup.getBigUint64(0, LITTLE_ENDIAN)) : null,
    mark: mark && mark.byteLength >= 4 ? mark.getUint32(0, LITTLE_ENDIAN) : null,
  };
}

function attributesOf(buffer: Uint8Array, start: number, end: number): Map<number, DataView> {
  const attributes = new Map<number, DataView>();
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (let at = start; at + ATTRIBUTE_HEADER_BYTES <= end;) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > end) break;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK;
    const from = buffer.byteOffset + at + ATTRIBUTE_HEADER_BYTES;
    attributes.set(type, new DataView(buffer.buffer, from, length - ATTRIBUTE_HEADER_BYTES));
    at += (length + 3) & ~3;
  }
  return attributes;
}

function memoryOf(memory: DataView | undefined): TcpInfo['memory'] {
  if (!memory || memory.byteLength < MEMINFO_BYTES) return null;
  const variable = (number: number) => memory.getUint32(number * 4, LITTLE_ENDIAN);
  return {
    receivedBytes: variable(0),
    receiveLimitBytes: variable(1),
    sendQueuedBytes: variable(5),
    sendLimitBytes: variable(3),
    drops: variable(8),
  };
}

/** Text that a NUL ends. */
function nameOf(text: DataView): string {
  const bytes = new Uint8Array(text.buffer, text.byteOffset, text.byteLength);
  const end = bytes.indexOf(0);
  return printable(
    Buffer.from(bytes.subarray(0, end < 0 ? undefined : end)).toString('latin1'),
    MAX_NAME_LENGTH,
  );
}
