import type { ProgramOptions } from './program.ts';
import type { RunEnd } from './supervise.ts';

/** As `superviseCommand`, which is loaded when it is called: whoever reads autosaves has no use for it. */
export async function runCommand(options: ProgramOptions): Promise<RunEnd> {
  const { superviseCommand } = await import('./supervise.ts');
  return await superviseCommand(options);
}
