// The one platform type that both processes have; src-shared has neither DOM nor Node types.
interface AbortSignal {
  readonly aborted: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- as in both platforms' own declarations
  readonly reason: any;
  throwIfAborted(): void;
}

interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
// oxlint-disable-next-line no-var -- a global's type is declared so
declare var TextEncoder: { new (): TextEncoder };
