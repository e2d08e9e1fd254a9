/** What `faultguard run` calls the options of the API. Whoever runs a program that way may never have seen its code. */

/** By the name of the option; `restart` as a whole is written by one flag, and so is `autosave`. */
export const RUN_FLAGS: ReadonlyMap<string, string> = new Map([
  ['autosave', '--autosave'],
  ['autosave.path', '--autosave'],
  ['autosave.intervalMs', '--interval'],
  ['autosave.existing', '--existing'],
  ['autosave.keep', '--keep'],
  ['rescue', '--rescue'],
  ['restart', '--restart'],
  ['restart.max', '--restart'],
  ['restart.withinMs', '--restart'],
  ['restart.backoffMs', '--backoff'],
  ['hangTimeoutMs', '--hang-timeout'],
  ['dossierDirectory', '--dossiers'],
]);

/** A message with the flag behind each option that has one: `option "restart" (--restart of faultguard run)`. */
export function withFlags(message: string): string {
  return message.replaceAll(/"([a-z][\w.]*)"/gi, (quoted, name: string) => {
    const flag = RUN_FLAGS.get(name);
    return flag === undefined ? quoted : `${quoted} (${flag} of faultguard run)`;
  });
}
