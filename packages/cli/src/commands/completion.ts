/** `faultguard completion`: what a shell has to know to complete commands, options and files. */
import { Argument, type Command } from 'commander';
import { completeInBash } from '../completion/bash.ts';
import { type CompletedCommand, completedCommands } from '../completion/command-words.ts';
import { completeInFish } from '../completion/fish.ts';
import { completeInZsh } from '../completion/zsh.ts';
import type { Context } from '../program.ts';
import { addJsonOption, examples } from './common-options.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const COMPLETE: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: completeInBash,
  zsh: completeInZsh,
  fish: completeInFish,
};

export function addCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .summary('Complete commands and options in bash, zsh or fish')
    .description(
      'Prints what a shell has to know to complete commands, options, their values and names of files.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS));
  addJsonOption(command);
  command
    .addHelpText(
      'after',
      examples(
        ['eval "$(faultguard completion bash)"', 'in this shell; as a line of ~/.bashrc in every one'],
        ['eval "$(faultguard completion zsh)"', 'the same in ~/.zshrc, behind compinit'],
        ['faultguard completion fish > ~/.config/fish/completions/faultguard.fish', 'in every fish'],
      ),
    )
    .action((shell: Shell, options: { readonly json?: true }) => {
      const script = COMPLETE[shell](completedCommands(program));
      if (options.json === undefined) context.output.line(script);
      else context.output.json({ shell, script });
    });
}
