export {
  anythingSurvives,
  type Choose,
  everythingSurvives,
  nothingSurvives,
  randomFrom,
} from './choose-survivors.ts';
export { type Death, deaths, die } from './deaths.ts';
export { findFreePort } from './free-port.ts';
export { type DiskOperation, SimulatedDisk } from './simulated-disk.ts';
export { findProcesses, type FoundProcess, killProcesses, waitUntilGone } from './processes.ts';
export { readPid } from './read-pid.ts';
export {
  runScript,
  type ScriptOptions,
  type ScriptResult,
  startScript,
  type RunningScript,
} from './run-script.ts';
export { makeTemporaryDirectory } from './temporary-directory.ts';
export { waitFor } from './wait-for.ts';
