/** Is somebody in front of it who sees a whole screen and has keys? */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
}

/** Only where one is shown: Ink and React take longer to load than all the rest. */
export function loadViews(): Promise<typeof import('./views.ts')> {
  // What Ink colours with does not know NO_COLOR (https://no-color.org).
  if ((process.env['NO_COLOR'] ?? '') !== '') process.env['FORCE_COLOR'] = '0';
  return import('./views.ts');
}
