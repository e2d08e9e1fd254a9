/** The command line of the demo. */
import { parseArgs } from 'node:util';

export const PORT_DEFAULT = 4310;

export const HELP: string = `Usage: npm run demo -- [--port <number>] [--host <address>]

Starts a page that can be crashed in every way, and comes back with its state.

  --port <number>   where it listens (1 to 65535). Default: ${PORT_DEFAULT}, or the next one that is free.
  --host <address>  the address it listens at. Default: 127.0.0.1, which nobody else can reach.
                    With another one, others can see the page; crash it can only this machine.
  --help            prints this`;

export interface Options {
  readonly isHelpWanted: boolean;
  readonly host: string;
  /** Undefined when none was asked for. */
  readonly port: number | undefined;
}

/** Or what is wrong with them, as a sentence. */
export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        help: { type: 'boolean', default: false },
      },
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
      return `--port has to be a whole number from 1 to 65535, and "${values.port}" is not.`;
    return { isHelpWanted: values.help, host: values.host, port };
  } catch (error) {
    return (error as Error).message;
  }
}
