// Reads the few facts of a model file's header that people see. The file may be damaged or hostile: every count is bounded.
import { open } from 'node:fs/promises';
import { Failure } from '../../src-shared/failure.ts';
import type { ModelCapability } from '../../src-shared/model.ts';

export type GgufFacts = {
  architecture: string | undefined;
  /** general.name, as the model's makers call it */
  name: string | undefined;
  /** Tokens the model was trained for. */
  contextLength: number | undefined;
  /** "Q4_1"; undefined when the file does not say, or says a number we do not know */
  quantization: string | undefined;
  /** general.size_label: "135M" */
  parameters: string | undefined;
  /** By its chat template; undefined: it has none, or none was found. What a model sees is in a file of its own (mmproj), so never `vision`. */
  capabilities: ModelCapability[] | undefined;
};

// Layout and value types: ggml docs/gguf.md, version 3 (2 differs in nothing that is read here).
const magic = 0x46554747;
const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8] as const;
const typeString = 8;
const typeArray = 9;
// Bounds far above real files: the largest models have under 3000 tensors and 100 keys.
const maxTensors = 1_000_000;
const maxKeys = 100_000;
const maxKeyBytes = 65_535;
const maxStringBytes = 16 * 1024 * 1024;
/** Most facts stand before the vocabulary, and the chat template behind it, which takes 1 to 10 MB; what comes later is not looked for. */
const headerBytes = { facts: 256 * 1024, template: 32 * 1024 * 1024 } as const;
// What templates call the tools they are given, and how they mark or ask for thoughts (Qwen, DeepSeek, Granite, gpt-oss, Magistral).
const marks: readonly (readonly [ModelCapability, RegExp])[] = [
  ['tools', /\btools?\b/],
  ['thinking', /<think>|\bthinking\b|enable_thinking|reasoning_content|\[THINK\]|<\|channel\|>/],
];

// llama.h, enum llama_ftype: general.file_type
const fileTypes: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4',
};

/**
 * Reads at most 32 MiB of `file`, of most files as much as its vocabulary takes. Fails with model-broken when it is no GGUF of version 2 or 3 or its counts are absurd,
 * with model-missing when there is no such file.
 */
export async function readGguf(file: string): Promise<GgufFacts> {
  const facts = parseGgufHeader(await readStart(file, headerBytes.facts));
  return facts.capabilities === undefined ? parseGgufHeader(await readStart(file, headerBytes.template)) : facts;
}

async function readStart(file: string, most: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(most, (await handle.stat()).size));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Failure(missing ? 'model-missing' : 'model-broken', missing ? 'the model file is gone' : 'the model file cannot be read', {
      cause: error,
    });
  }
}

/** The facts in the first bytes of a GGUF file; where the bytes end, the search ends without complaint. Exported for tests. */
export function parseGgufHeader(bytes: Buffer): GgufFacts {
  if (bytes.length < 24 || bytes.readUInt32LE(0) !== magic) throw broken('it does not start as a GGUF file does');
  const version = bytes.readUInt32LE(4);
  if (version !== 2 && version !== 3) throw broken(`GGUF version ${version} is not known`);
  const tensors = bytes.readBigUInt64LE(8);
  const keys = bytes.readBigUInt64LE(16);
  if (tensors > maxTensors || keys > maxKeys) throw broken(`it claims ${tensors} tensors and ${keys} keys`);
  return factsOf(readValues(bytes, Number(keys)));
}

function factsOf(values: ReadonlyMap<string, string | number>): GgufFacts {
  const architecture = values.get('general.architecture');
  const name = values.get('general.name');
  const contextLength = values.get(`${String(architecture)}.context_length`);
  const fileType = values.get('general.file_type');
  const size = values.get('general.size_label');
  const template = values.get('tokenizer.chat_template');
  return {
    architecture: typeof architecture === 'string' ? architecture : undefined,
    name: typeof name === 'string' ? name.slice(0, 200) : undefined,
    contextLength:
      typeof contextLength === 'number' && contextLength > 0 && Number.isSafeInteger(contextLength) ? contextLength : undefined,
    quantization: typeof fileType === 'number' ? fileTypes[fileType] : undefined,
    parameters: typeof size === 'string' && size !== '' && size.length <= 20 ? size : undefined,
    capabilities: typeof template === 'string' ? marks.flatMap(([can, mark]) => (mark.test(template) ? [can] : [])) : undefined,
  };
}

function readValues(bytes: Buffer, count: number): Map<string, string | number> {
  const values = new Map<string, string | number>();
  let at = 24;
  for (let index = 0; index < count; index++) {
    const key = readString(bytes, at, maxKeyBytes);
    if (key === undefined || key.end + 4 > bytes.length) break;
    const type = bytes.readUInt32LE(key.end);
    const value = readValue(bytes, key.end + 4, type);
    if (value === undefined) break;
    if (value.content !== undefined) values.set(key.content, value.content);
    at = value.end;
  }
  return values;
}

/** undefined: the bytes end before the value does. */
function readValue(bytes: Buffer, at: number, type: number): { content: string | number | undefined; end: number } | undefined {
  if (type === typeString) return readString(bytes, at, maxStringBytes);
  if (type === typeArray) {
    const end = skipArray(bytes, at);
    return end === undefined ? undefined : { content: undefined, end };
  }
  const size = scalarBytes[type];
  if (size === undefined) throw broken(`value type ${type} is not known`);
  if (at + size > bytes.length) return undefined;
  // Only unsigned and signed whole numbers are facts here; floats and booleans are passed over.
  const content = size === 8 ? Number(bytes.readBigInt64LE(at)) : type === 6 || type === 7 ? undefined : bytes.readUIntLE(at, size);
  return { content: type === 12 ? undefined : content, end: at + size };
}

function skipArray(bytes: Buffer, at: number): number | undefined {
  if (at + 12 > bytes.length) return undefined;
  const type = bytes.readUInt32LE(at);
  const count = bytes.readBigUInt64LE(at + 4);
  const size = scalarBytes[type];
  if (size !== undefined) {
    const end = BigInt(at + 12) + count * BigInt(size);
    return end > bytes.length ? undefined : Number(end);
  }
  if (type !== typeString) throw broken(`array of type ${type} is not known`);
  let end = at + 12;
  for (let index = 0n; index < count; index++) {
    const next = textEnd(bytes, end, maxStringBytes);
    if (next === undefined) return undefined;
    end = next;
  }
  return end;
}

function readString(bytes: Buffer, at: number, limit: number): { content: string; end: number } | undefined {
  const end = textEnd(bytes, at, limit);
  return end === undefined ? undefined : { content: bytes.toString('utf8', at + 8, end), end };
}

/** undefined: the bytes end before the text does. */
function textEnd(bytes: Buffer, at: number, limit: number): number | undefined {
  if (at + 8 > bytes.length) return undefined;
  const length = bytes.readBigUInt64LE(at);
  if (length > limit) throw broken(`it claims a text of ${length} bytes`);
  const end = at + 8 + Number(length);
  return end > bytes.length ? undefined : end;
}

function broken(why: string): Failure {
  return new Failure('model-broken', `The model file is damaged or no model: ${why}.`);
}
