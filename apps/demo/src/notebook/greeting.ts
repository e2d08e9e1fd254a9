/** How every connection begins: who it is that answers. */
export interface Greeting {
  readonly life: number;
  readonly pid: number;
  /** Of the newest entry there is. */
  readonly sequence: number;
}
