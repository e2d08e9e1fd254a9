/**
 * The terminal that this process belongs to. Only there does the kernel know a group in the foreground: whoever is not in
 * it and changes the terminal's settings is stopped (SIGTTOU).
 */
import { fstatSync, readFileSync } from 'node:fs';

/** The device number of /dev/tty, which always means one's own: Linux, Documentation/admin-guide/devices.txt. */
const DEV_TTY = 0x500;

function isatty(fd: number): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** Is this process in the group in the foreground of its terminal? */
export function isForegroundOfTerminal(): boolean {
  return readTerminal()?.isForeground ?? isatty(0);
}

/** Does the descriptor refer to the terminal that this process belongs to, and not to another one, or a file? */
export function isOwnTerminal(fd: number): boolean {
  try {
    if (!isatty(fd)) return false;
    const own = readTerminal()?.device;
    if (own === undefined) return true;
    const device = fstatSync(fd).rdev;
    return device === own || device === DEV_TTY;
  } catch {
    // It is closed.
    return false;
  }
}

interface ControllingTerminal {
  readonly device: number;
  readonly isForeground: boolean;
}

/** Fields 5, 7 and 8 of /proc/self/stat: our process group, our terminal, the group in front of it. Undefined without /proc. */
function readTerminal(): ControllingTerminal | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , device, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { device: Number(device), isForeground: group === foreground };
  } catch {
    return undefined;
  }
}
