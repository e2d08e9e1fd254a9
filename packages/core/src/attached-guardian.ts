/** The program of a guardian that `attach` starts. */
import { runAttachedGuardian } from './guardian/attached-guardian.ts';

await runAttachedGuardian();
// What a rescue module has left open keeps nobody waiting.
process.exit();
