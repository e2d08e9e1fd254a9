/** What the session knows of whoever is there. */
export type Theme = 'system' | 'light' | 'dark';

export interface Visitor {
  readonly name: string;
  readonly visits: number;
  readonly theme: Theme;
}
