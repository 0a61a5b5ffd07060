// What a command needs of the terminal; tests pass their own.
export type Io = {
  /** Standard output; resolves when the system took it. */
  out(text: string): Promise<void>;
  /** Standard error. */
  err(text: string): void;
  /** Everything that comes on standard input. */
  input(): Promise<string>;
  /** Asks a person; null when nobody sits there. */
  question(text: string): Promise<string | null>;
  /** Standard output is a terminal, which obeys escape sequences. */
  readonly onTerminal: boolean;
  /** Somebody watches standard error. */
  readonly watched: boolean;
  /** Aborted by SIGINT (reason: interrupt) or SIGTERM (reason: terminate). */
  readonly stop: AbortSignal;
};

/** One JSON object on a line of its own. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
