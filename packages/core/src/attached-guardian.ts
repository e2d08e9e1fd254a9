/** The program of a guardian that `attach` starts. */
import { runAttachedGuardian } from './guardian/attached-guardian.ts';

await runAttachedGuardian();
