import type { Answer } from '../report.ts';

export interface Question {
  /** For `--only`. */
  readonly name: string;
  ask(): Promise<Answer>;
}
