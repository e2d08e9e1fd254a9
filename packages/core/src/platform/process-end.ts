/**
 * How a process has ended that is no child of ours: only its parent is told, but the kernel knows, and says so to whoever
 * has asked in time. Linux alone. Two ways, of which either may be closed:
 *
 * 1. A pidfd tells it when the process has been waited for (`PIDFD_GET_INFO` with `PIDFD_INFO_EXIT`, since Linux 6.15), by koffi,
 *    which is optional. It has to be opened while the process lives.
 * 2. As long as it has not been waited for, `/proc` has it: field 52 of `stat`, proc_pid_stat(5).
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { loadLibc } from './libc.ts';
import { startTimeOf } from './process-identity.ts';
import { isZombie, readProcessStat } from './process-stat.ts';

/** How a process has ended. One of both is null; both are when nobody was there to see it. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Undefined as long as it has not ended, and where nobody says. */
export type ReadEnd = () => Exit | undefined;

/** include/uapi/asm-generic/unistd.h: the same on every architecture. */
const SYS_PIDFD_OPEN = 434;
/** include/uapi/linux/pidfd.h: _IOWR(0xFF, 11, struct pidfd_info), of its first 64 bytes. */
const PIDFD_GET_INFO = 0xc040_ff0b;
const INFO_BYTES = 64;
/** Byte offsets in it: what is asked for, and then what is told; the status. */
const INFO_MASK = 0;
const INFO_EXIT_CODE = 60;
const PIDFD_INFO_EXIT = 1n << 3n;

/** Of a process that lives, or has ended just now. `startTime`: see `startTimeOf`. Whoever ends gives the descriptor back. */
export function watchProcessEnd(pid: number, startTime: string): ReadEnd {
  const readInfo = openInfo(pid, startTime);
  return () => {
    const status = readInfo?.() ?? readZombie(pid, startTime);
    return status === undefined ? undefined : endOf(status);
  };
}

/** Returns what gives the status of `waitpid`. */
function openInfo(pid: number, startTime: string): (() => number | undefined) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const libc = loadLibc();
    const open = libc.func('long syscall(long number, int pid, unsigned int flags)');
    const ask = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
    const fd = open(SYS_PIDFD_OPEN, pid, 0) as number;
    if (fd < 0) return undefined;
    if (startTimeOf(pid) !== startTime) {
      // It is another's.
      closeSync(fd);
      return undefined;
    }
    return () => {
      const info = Buffer.alloc(INFO_BYTES);
      info.writeBigUInt64LE(PIDFD_INFO_EXIT, INFO_MASK);
      const isTold = ask(fd, PIDFD_GET_INFO, info) === 0;
      if (!isTold || (info.readBigUInt64LE(INFO_MASK) & PIDFD_INFO_EXIT) === 0n) return undefined;
      return info.readInt32LE(INFO_EXIT_CODE);
    };
  } catch {
    return undefined;
  }
}

/** The same of a process that nobody has waited for yet, so that no other has its pid. `startTime`: '0' when it is not known. */
function readZombie(pid: number, startTime: string): number | undefined {
  const stat = readProcessStat(pid);
  if (stat === undefined || !isZombie(stat)) return undefined;
  return startTime === '0' || stat.startTime === startTime ? Number(stat.exitStatus) : undefined;
}

/** wait(2): the signal in the lowest seven bits, or the exit code above the first eight. */
function endOf(status: number): Exit | undefined {
  const number = status & 0x7f;
  if (number === 0) return { exitCode: (status >> 8) & 0xff, signal: null };
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return signal === undefined ? undefined : { exitCode: null, signal: signal as NodeJS.Signals };
}
