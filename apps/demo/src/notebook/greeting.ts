/** How every connection begins: who it is that answers. */
export interface Greeting {
  readonly pid: number;
  /** Of the newest entry there is. */
  readonly sequence: number;
}
