// The one platform type that both processes have; src-shared has neither DOM nor Node types.
interface AbortSignal {
  readonly aborted: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- as in both platforms' own declarations
  readonly reason: any;
  throwIfAborted(): void;
}
