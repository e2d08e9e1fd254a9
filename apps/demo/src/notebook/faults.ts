/** The deaths that the page offers. */
export const FAULTS = ['segfault', 'kill', 'heap', 'exception', 'loop', 'guardian', 'both'] as const;
export type Fault = (typeof FAULTS)[number];

export function isFault(name: unknown): name is Fault {
  return FAULTS.some((fault) => fault === name);
}

interface FaultText {
  readonly title: string;
  readonly how: string;
}

export const faultTexts: Readonly<Record<Fault, FaultText>> = {
  segfault: { title: 'Segfault', how: 'strlen(8) of the C library, as a faulty native addon would' },
  kill: { title: 'kill -9', how: 'SIGKILL: nothing can run any more' },
  heap: { title: 'Out of memory', how: 'a leak, until V8 has no heap left' },
  exception: { title: 'Exception', how: 'thrown where nobody catches it' },
  loop: { title: 'Endless loop', how: 'for (;;) {} until the watchdog ends it' },
  guardian: { title: 'Kill the guardian', how: 'SIGKILL to the process that watches' },
  both: { title: 'Kill both', how: 'SIGKILL to the guardian and the app' },
};
