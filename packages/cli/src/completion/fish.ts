import type { CompletedCommand, CompletedOption, Values } from './command-words.ts';

/** Lines of `complete` for fish: for `source`, and for a file `faultguard.fish` among its completions. */
export function completeInFish(commands: readonly CompletedCommand[]): string {
  const first = `complete -c faultguard -n __fish_use_subcommand -f`;
  return [
    `${first} -s h -l help -d 'Print help.'`,
    `${first} -s V -l version -d 'Print the version.'`,
    ...commands.map(({ name, summary }) => `${first} -a ${name} -d ${quote(summary)}`),
    ...commands.flatMap((command) => linesOf(command)),
  ].join('\n');
}

function linesOf({ name, options, values }: CompletedCommand): string[] {
  const seen = `complete -c faultguard -n '__fish_seen_subcommand_from ${name}'`;
  return [
    // Names of files are what fish offers by itself.
    ...(values === 'file' ? [] : [`${seen} -f${offer(values)}`]),
    ...options.map((option) => `${seen}${flagsOf(option)} -d ${quote(option.description)}`),
  ];
}

function flagsOf({ short, long, values }: CompletedOption): string {
  const flags = `${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
  if (values === undefined) return flags;
  return values === 'file' ? `${flags} -r -F` : `${flags} -x${offer(values)}`;
}

function offer(values: Values): string {
  return typeof values === 'string' ? '' : ` -a '${values.join(' ')}'`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`;
}
