/** What all views have in common. Every text that comes from a file has been escaped before it gets here. */
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

export interface LineProps {
  readonly children?: ReactNode;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly color?: string;
  readonly inverse?: boolean;
}

/** One line, however narrow the terminal is. */
export function Line({ children, bold = false, dim = false, inverse = false, color }: LineProps): ReactNode {
  return (
    <Text
      wrap="truncate-end"
      bold={bold}
      dimColor={dim}
      inverse={inverse}
      {...(color !== undefined && { color })}
    >
      {children}
    </Text>
  );
}

/** Which keys do what. */
export type KeyHelp = readonly (readonly [keys: string, what: string])[];

/** As many of them as there is room for, the first first. */
export function HelpLine({ keys, columns }: { readonly keys: KeyHelp; readonly columns: number }): ReactNode {
  const shown: KeyHelp[number][] = [];
  let width = 0;
  for (const help of keys) {
    width += help[0].length + help[1].length + 3;
    if (width > columns) break;
    shown.push(help);
  }
  return (
    <Text wrap="truncate-end">
      {shown.map(([key, what], index) => (
        <Text key={key}>
          {index === 0 ? '' : '  '}
          <Text bold>{key}</Text> <Text dimColor>{what}</Text>
        </Text>
      ))}
    </Text>
  );
}

const BACK_HELP: KeyHelp = [
  ['any key', 'back'],
  ['q', 'quit'],
];

/** All of them, a line each; `height`: lines that there is room for. */
export function KeysScreen({
  keys,
  columns,
  height,
}: {
  readonly keys: KeyHelp;
  readonly columns: number;
  readonly height: number;
}): ReactNode {
  const width = Math.max(...keys.map(([key]) => key.length));
  return (
    <Box flexDirection="column">
      <Line bold>Keys</Line>
      <Box flexDirection="column" height={height}>
        {keys.slice(0, height).map(([key, what]) => (
          <Line key={key}>
            {' '}
            <Text bold>{key.padEnd(width)}</Text> <Text dimColor>{what}</Text>
          </Line>
        ))}
      </Box>
      <HelpLine keys={BACK_HELP} columns={columns} />
    </Box>
  );
}
