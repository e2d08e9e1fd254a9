/** What Node is to be told to run the same script again, or something of ours beside it. */
import { FaultguardError } from '../errors.ts';
import { environmentAtStart, markedVariables } from './process-at-start.ts';

/** The script and its arguments, so that Node runs the same again. */
export function scriptArguments(): string[] {
  const isEvaluated = process.execArgv.some((argument) => /^(-e|-p|-pe|--eval|--print)\b/.test(argument));
  const [script, ...rest] = process.argv.slice(1);
  // Without "--" Node would take what is meant for the script for its own options.
  if (isEvaluated) return script === undefined ? [] : ['--', script, ...rest];
  if (script !== undefined && script !== '-') return [script, ...rest];
  throw new FaultguardError(
    'ERR_FAULTGUARD_NO_SCRIPT',
    'start() runs the same script again as the app, and a script read from standard input cannot be read ' +
      'twice. Nothing has been started. Save it as a file and run that.',
  );
}

/** Options of Node that are meant for one process alone: for debuggers, watchers, profilers, test runners. */
const OF_ONE_PROCESS =
  /^(-i|-c|--(inspect|debug|watch|test|cpu-prof|heap-prof|heapsnapshot|prof|trace-event|interactive|check).*)$/;
/** That stand for a script, or say how to read one that is no file. */
const OF_TEXT = /^(-e|-p|-pe|--(eval|print|input-type).*)$/;

/** The options of Node that a guardian shares with its app. `runs`: the app's script, or a program of its own. */
export function sharedExecArguments(runs: 'the script' | 'a program'): string[] {
  let isShared = true;
  return process.execArgv.filter((argument) => {
    // What begins otherwise is the value of the option before it.
    if (argument.startsWith('-')) {
      isShared = !OF_ONE_PROCESS.test(argument) && (runs === 'the script' || !OF_TEXT.test(argument));
    }
    return isShared;
  });
}

/** The environment that a guardian shares with its app. `marker`: what it is to be. */
export function sharedEnvironment(marker: string): NodeJS.ProcessEnv {
  return {
    ...environmentAtStart,
    NODE_OPTIONS: environmentAtStart['NODE_OPTIONS']?.replaceAll(/(^|\s)--inspect\S*/g, '$1'),
    ...markedVariables(marker),
  };
}
