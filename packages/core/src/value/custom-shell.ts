/** Stands in the mirror for a custom value. */
export class CustomShell {
  readonly name: string;
  content: unknown;

  constructor(name: string) {
    this.name = name;
  }
}
