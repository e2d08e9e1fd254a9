/** Nobody stays behind when the outermost process has been killed. */
const LOOK_EVERY_MS = 1000;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function leaveWithSupervisor(pid: number): void {
  setInterval(() => {
    if (!isAlive(pid)) process.exit(0);
  }, LOOK_EVERY_MS);
}
