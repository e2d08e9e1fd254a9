/** Why a value is refused. The graph, which knows where the value was going, makes the error of it. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export const UNREGISTERED_SYMBOL =
  'a symbol that is not registered cannot be guarded: no other process knows it. Symbol.for() makes one that is.';
export const ACCESSOR = 'an accessor property cannot be guarded: its value would be frozen in time.';
export const PROTOTYPE = 'the prototype of a guarded value cannot be changed.';
export const NOT_IN_TRANSACTION = 'what cannot be undone cannot be done in a transaction.';
