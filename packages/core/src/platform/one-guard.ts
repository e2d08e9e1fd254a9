/** A process has one guard: that of `start`, whichever of its roles, or that of `attach`. */
let isTaken = false;

/** False when it has one. */
export function takeGuard(): boolean {
  if (isTaken) return false;
  isTaken = true;
  return true;
}

export function giveGuardBack(): void {
  isTaken = false;
}
