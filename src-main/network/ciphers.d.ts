// The parts of two untyped packages that this room calls.
declare module 'xsalsa20' {
  type XSalsa20 = { update(input: Uint8Array, output?: Uint8Array): Uint8Array; finalize(): void };
  const xsalsa20: (nonce: Uint8Array, key: Uint8Array) => XSalsa20;
  export default xsalsa20;
}
