/**
 * The terminal that this process belongs to. Only there does the kernel know a group in the foreground: whoever is not in
 * it and changes the terminal's settings is stopped (SIGTTOU).
 */
import { fstatSync } from 'node:fs';
import { readProcessStat } from './process-stat.ts';

/** The device number of /dev/tty, which always means one's own: Linux, Documentation/admin-guide/devices.txt. */
const DEV_TTY = 0x500;

function isatty(fd: number): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** Is this process in the group in the foreground of its terminal? */
export function isForegroundOfTerminal(): boolean {
  const own = readProcessStat('self');
  return own === undefined ? isatty(0) : own.group === own.foregroundGroup;
}

/** Does the descriptor refer to the terminal that this process belongs to, and not to another one, or a file? */
export function isOwnTerminal(fd: number): boolean {
  try {
    if (!isatty(fd)) return false;
    const own = readProcessStat('self');
    if (own === undefined) return true;
    const device = fstatSync(fd).rdev;
    return device === Number(own.terminal) || device === DEV_TTY;
  } catch {
    // It is closed.
    return false;
  }
}
