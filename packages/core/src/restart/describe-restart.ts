/** What is said before an app, or any other program, is started again: of what it has died, and when it comes back. */
import type { CrashFacts } from '../rescue/crash.ts';

/** `sh was ended by SIGSEGV, and is started again in 30 s.` */
export function describeRestart(name: string, crash: CrashFacts, delayMs: number): string {
  return `${name} ${describeEnd(crash)}, and is started again${delayMs > 0 ? ` in ${formatDelay(delayMs)}` : ''}.`;
}

function describeEnd({ kind, exitCode, signal }: CrashFacts): string {
  switch (kind) {
    case 'exit':
      return `has ended with exit code ${exitCode}`;
    case 'exception':
      return 'has ended with an exception that nothing caught';
    case 'out-of-memory':
      return 'has run out of memory';
    case 'hang':
      return 'has hung';
    default:
      return signal === null ? 'has vanished' : `was ended by ${signal}`;
  }
}

function formatDelay(delayMs: number): string {
  return delayMs < 1000 ? `${Math.ceil(delayMs)} ms` : `${Math.round(delayMs / 100) / 10} s`;
}
