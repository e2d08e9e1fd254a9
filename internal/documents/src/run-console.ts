/** A block of `console`: commands behind `$ `, each followed by what a terminal shows when it has run. */
import type { ScriptResult } from '@faultguard/test-kit';
import { expectSaid } from './matches-printed.ts';
import type { Place } from './place.ts';

/** What a shell says of a command that a signal has ended. */
const ENDS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'Aborted\n',
  SIGKILL: 'Killed\n',
  SIGSEGV: 'Segmentation fault\n',
};

/** Runs the commands one after the other. Exit codes are what the document says of them, so they are not looked at. */
export async function runConsole(code: string, place: Place): Promise<void> {
  const commands = [...code.matchAll(/^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)];
  const read = commands.map(([text]) => text).join('');
  if (read !== code) throw new Error(`This is no block of commands and what they print:\n${code}`);
  for (const [, command = '', printed = ''] of commands) {
    const { stdout, stderr, signal }: ScriptResult = await place.command(command);
    const end = signal === null ? '' : (ENDS[signal] ?? `${signal}\n`);
    expectSaid(`$ ${command}\n${stdout}${stderr}${end}`, `$ ${command}\n${printed}`);
  }
}
