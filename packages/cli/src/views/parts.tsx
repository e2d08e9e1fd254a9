/** What all views have in common. Every text that comes from a file has been escaped before it gets here. */
import { Text } from 'ink';
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
