import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { ggufEntry as entry, ggufHeader as header, ggufText as text, u32, u64 } from '../../test/fakes/gguf-bytes.ts';
import { parseGgufHeader } from './gguf.ts';
import { modelName } from './model-files.ts';

const words = entry('tokenizer.ggml.tokens', 9, Buffer.concat([u32(8), u64(2), text('a'), text('b')]));
const whole = Buffer.concat([
  header(7),
  entry('general.architecture', 8, text('llama')),
  entry('general.name', 8, text('Tiny')),
  words,
  entry('general.size_label', 8, text('135M')),
  entry('llama.context_length', 4, u32(8192)),
  entry('llama.rope.freq_base', 6, u32(0x47c35000)),
  entry('general.file_type', 4, u32(3)),
]);

describe('parseGgufHeader', () => {
  test('reads the facts, passing over arrays and floats', () => {
    expect(parseGgufHeader(whole)).toEqual({
      architecture: 'llama',
      name: 'Tiny',
      contextLength: 8192,
      quantization: 'Q4_1',
      parameters: '135M',
      capabilities: undefined,
    });
  });

  test.each([
    ['{% for message in messages %}{{ message.content }}{% endfor %}', []],
    ['{%- if tools %}{{ tools | tojson }}{% endif %}', ['tools']],
    ['{%- if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>{%- endif %}', ['thinking']],
    ['{%- if tools %}# Tools{% endif %}{{ "<think>" }}', ['tools', 'thinking']],
  ])('tells by its chat template what a model can: %s', (template, capabilities) => {
    const bytes = Buffer.concat([header(3), words, entry('tokenizer.chat_template', 8, text(template))]);
    expect(parseGgufHeader(bytes)).toMatchObject({ capabilities });
  });

  test('tells what it can when the bytes end early', () => {
    expect(parseGgufHeader(whole.subarray(0, 90))).toMatchObject({ architecture: 'llama', contextLength: undefined });
  });

  test.each([
    ['no GGUF', Buffer.from('PNG and more bytes than twenty-four')],
    ['too short', Buffer.from('GGUF')],
    ['another version', header(1, 1, 9)],
    ['absurd key count', header(2n ** 63n)],
    ['absurd tensor count', header(1, 2n ** 40n)],
    ['absurd text', Buffer.concat([header(1), u64(2n ** 50n), Buffer.alloc(64)])],
    ['unknown type', Buffer.concat([header(1), entry('k', 99, Buffer.alloc(8))])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => parseGgufHeader(bytes)).toThrow(Failure);
  });

  test('whatever the bytes, it ends with facts or model-broken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(whole.length), (noise, at) => {
        const bytes = Buffer.concat([whole.subarray(0, at), Buffer.from(noise), whole.subarray(at)]);
        try {
          parseGgufHeader(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'Failure', code: 'model-broken' });
        }
      }),
    );
  });
});

test.each([
  ['SmolLM2-135M-Instruct.Q4_1.gguf', 'smollm2-135m-instruct'],
  ['Llama-3.2-3B-Instruct-Q4_K_M.gguf', 'llama-3.2-3b-instruct'],
  ['/models/Qwen3-30B-A3B-UD-IQ2_XXS-00001-of-00003.gguf', 'qwen3-30b-a3b-ud'],
  ['gemma 2b (it).f16.GGUF', 'gemma-2b-it'],
  ['gpt-oss-20b-MXFP4.gguf', 'gpt-oss-20b'],
  ['.gguf', 'model'],
])('modelName(%s) is %s', (file, name) => {
  expect(modelName(file)).toBe(name);
});
