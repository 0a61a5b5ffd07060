// The beginning of a model's file, as tests write it: ggml's docs/gguf.md, version 3.

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export const ggufText = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
export const ggufEntry = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([ggufText(key), u32(type), value]);
export const ggufHeader = (keys: number | bigint, tensors: number | bigint = 1, version = 3): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), u32(version), u64(tensors), u64(keys)]);
