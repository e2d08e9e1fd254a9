/** `faultguard completion`: what a shell has to know to complete commands, options and files. */
import { Argument, type Command } from 'commander';
import type { Context } from '../program.ts';
import { addJsonOption, examples } from './common-options.ts';

export function addCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .summary('Print what bash has to know to complete commands and options')
    .description('Prints a function for bash that completes commands, options and names of files.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash']));
  addJsonOption(command);
  command
    .addHelpText(
      'after',
      examples(
        ['eval "$(faultguard completion bash)"', 'in this shell; as a line of ~/.bashrc in every one'],
        ['faultguard completion bash > /etc/bash_completion.d/faultguard', 'for everybody on this machine'],
      ),
    )
    .action((shell: string, options: { readonly json?: true }) => {
      const script = completeInBash(program);
      if (options.json === undefined) context.output.line(script);
      else context.output.json({ shell, script });
    });
}

/** Options whose value is the name of a file. */
const FILE_OPTIONS: ReadonlySet<string> = new Set(['--output', '--directory']);

/** Words of ours only: letters, digits and dashes, so nothing needs quotes. */
function completeInBash(program: Command): string {
  const names = program.commands.map((command) => command.name());
  const cases = program.commands.map((command) => `    ${command.name()}) words="${wordsOf(command)}" ;;`);
  const options = program.commands.flatMap((command) => command.options);
  const files = options
    .filter(({ long }) => FILE_OPTIONS.has(long ?? ''))
    .flatMap(({ short, long }) => [short, long]);
  const withChoices = options.filter(({ argChoices }) => argChoices !== undefined);
  const choices = withChoices.map(
    ({ long, argChoices }) =>
      `    ${long}) COMPREPLY=($(compgen -W "${argChoices?.join(' ')}" -- "$word")); return ;;`,
  );
  return `_faultguard() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${names.join(' ')} --help --version" -- "$word"))
    return
  fi
  case "$before" in
    ${[...new Set(files)].join('|')}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); return ;;
${choices.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) return ;;
  esac
  if [[ "$word" == -* || "\${COMP_WORDS[1]}" == completion ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _faultguard faultguard`;
}

function wordsOf(command: Command): string {
  const options = command.options.map(({ long }) => long as string);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [...options, '--help', ...choices].join(' ');
}
