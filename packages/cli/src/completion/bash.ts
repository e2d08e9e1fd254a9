import type { CompletedCommand, CompletedOption, Values } from './command-words.ts';

/** A function for bash. Words of ours only: letters, digits and dashes, so nothing needs quotes. */
export function completeInBash(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `_faultguard() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" before="\${COMP_WORDS[COMP_CWORD-1]}" options values
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "$command" in
${commands.map(({ name, options, values }) => `    ${name}) options="${wordsOf(options)}" values="${nameOf(values)}" ;;`).join('\n')}
    *) return ;;
  esac
  case "$command $before" in
${commands.flatMap((command) => valueCases(command)).join('\n')}
    *) [[ "$word" == -* ]] && values="$options" ;;
  esac
  if [[ "$values" == FILE ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$values" -- "$word"))
  fi
}
complete -F _faultguard faultguard`;
}

function wordsOf(options: readonly CompletedOption[]): string {
  return options.map(({ long }) => long).join(' ');
}

/** Behind an option that takes a value; the same letter means another one in another command. */
function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap(({ short, long, values }) => {
    if (values === undefined) return [];
    const flags = [long, ...(short === undefined ? [] : [short])].map((flag) => `"${name} ${flag}"`);
    return [`    ${flags.join('|')}) values="${nameOf(values)}" ;;`];
  });
}

function nameOf(values: Values): string {
  if (typeof values !== 'string') return values.join(' ');
  return values === 'file' ? 'FILE' : '';
}
