/** What the page shows of a crash dossier. All its fields: docs/reference/dossier.md. */
export interface Mutation {
  readonly at: string;
  readonly path: string | null;
  readonly operation: string;
  readonly value?: string;
}

export interface Dossier {
  readonly kind: string;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly pid: number;
  readonly crashedAt: string;
  readonly uptimeMs?: number;
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
  readonly hang?: { readonly forMs: number; readonly stack?: string };
  readonly resources?: {
    readonly cpuUserMs: number;
    readonly cpuSystemMs: number;
    readonly rssPeakBytes: number;
  };
  readonly mutations: readonly Mutation[];
}
