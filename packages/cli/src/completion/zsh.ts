import type { CompletedCommand, CompletedOption, Values } from './command-words.ts';

/** A function for zsh: for `eval`, and for a file `_faultguard` in a directory of `fpath`. */
export function completeInZsh(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => quote(`${name}:${summary.replaceAll(':', '\\:')}`));
  return `#compdef faultguard
_faultguard() {
  local curcontext="$curcontext" state line
  local -a commands=(
${described.map((command) => `    ${command}`).join('\n')}
  )
  _arguments -C '(- *)'{-h,--help}'[Print help.]' '(- *)'{-V,--version}'[Print the version.]' '1: :->command' '*:: :->words'
  case "$state" in
    command) _describe -t commands command commands ;;
    words)
      case "$words[1]" in
${commands.map((command) => caseOf(command)).join('\n')}
      esac ;;
  esac
}
if [[ "$funcstack[1]" == _faultguard ]]; then _faultguard "$@"; else compdef _faultguard faultguard; fi`;
}

function caseOf({ name, options, values }: CompletedCommand): string {
  const specs = [...options.map((option) => specOf(option)), quote(`*:word:${actionOf(values)}`)];
  return `        ${name}) _arguments ${specs.join(' ')} ;;`;
}

/** `'(-o --output)'{-o,--output}'[Where to write it.]:value:_files'`. */
function specOf({ short, long, description, values }: CompletedOption): string {
  const told = `[${description.replaceAll(/[[\]\\]/g, (character) => `\\${character}`)}]`;
  const value = values === undefined ? '' : `:value:${actionOf(values)}`;
  if (short === undefined) return quote(`${long}${told}${value}`);
  return `${quote(`(${short} ${long})`)}{${short},${long}}${quote(`${told}${value}`)}`;
}

function actionOf(values: Values): string {
  if (typeof values !== 'string') return `(${values.join(' ')})`;
  return values === 'file' ? '_files' : ' ';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
