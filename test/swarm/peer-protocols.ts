// Every message that a peer can send, with its parser: one row each. A protocol that is not in here is not tried by malicious-member.test.ts.
import fc from 'fast-check';
import { chatProtocol, chatWire, parseOpening, parseWord } from '../../src-main/network/chat-protocol.ts';
import { parseReply } from '../../src-main/network/chat-client.ts';
import { inferenceProtocol, inferenceWire, parseInference, parseInferenceReply } from '../../src-main/network/inference-protocol.ts';
import { modelsProtocol, modelsWire, parseModelsReply, parseModelsWish } from '../../src-main/network/models-protocol.ts';
import { offerProtocol, offerWire, parseOfferAnswer, parseOfferMessage } from '../../src-main/network/offer-protocol.ts';
import { jpegOf, redPng } from '../fakes/pictures.ts';
import { secret, type PeerMessage } from './hostile-frames.ts';
import { trustMessages } from './trust-protocols.ts';

const text = fc.string({ maxLength: 60 }).map((words) => `${secret} ${words}`);
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const question = fc.record({
  id: fc.uuid(),
  model: rarely(text),
  messages: fc.array(
    fc.record({
      role: fc.constantFrom('system', 'user', 'assistant'),
      content: text,
      images: rarely(fc.array(fc.constantFrom(redPng, jpegOf(560, 280)), { maxLength: 2 })),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  parameters: fc.record({
    temperature: rarely(fc.double({ min: 0, max: 2, noNaN: true })),
    topP: rarely(fc.double({ min: 0, max: 1, noNaN: true })),
    topK: rarely(fc.nat(1000)),
    maxTokens: rarely(fc.integer({ min: 1, max: 131_072 })),
    seed: rarely(fc.nat(0xff_ff_ff)),
    stop: rarely(fc.array(fc.string({ minLength: 1, maxLength: 10 }), { maxLength: 3 })),
  }),
  conversation: rarely(fc.uuid()),
  attempt: rarely(fc.nat(1000)),
  continued: rarely(
    fc.record({
      text,
      tokens: rarely(fc.record({ ids: fc.array(fc.nat(), { maxLength: 5 }), digest: fc.constant('f'), build: fc.constant('b') })),
    }),
  ),
});
const questionKeys = [
  ...[
    'ask',
    'id',
    'model',
    'messages',
    'role',
    'content',
    'images',
    'parameters',
    'temperature',
    'topP',
    'topK',
    'maxTokens',
    'seed',
    'stop',
  ],
  ...['conversation', 'attempt', 'continued', 'text', 'tokens', 'ids', 'digest', 'build'],
];
const key = { id: fc.uuid(), attempt: fc.nat(1000) };
const backAgain = fc.oneof(fc.record({ resume: fc.record({ ...key, next: fc.nat() }) }), fc.record({ stop: fc.record(key) }));
const word = fc.oneof(fc.record({ got: fc.nat() }), fc.constant({ stop: true }));

const figures = fc.record({
  tokens: fc.nat(),
  tokensPerSecond: fc.constant(1.5),
  timeToFirstTokenMs: fc.nat(),
  promptTokens: rarely(fc.nat()),
});
const chunk = fc.oneof(
  fc.record({ kind: fc.constantFrom('text', 'thinking'), text, tokens: rarely(fc.array(fc.nat(), { maxLength: 5 })) }),
  fc.record({ kind: fc.constant('began'), model: text, digest: fc.constant('f'), build: fc.constant('b') }),
  fc.record({ kind: fc.constant('queued'), position: fc.integer({ min: 1, max: 16 }), etaMs: rarely(fc.nat()) }),
  fc.record({ kind: fc.constant('loading'), model: text, progress: rarely(fc.constant(0.5)) }),
  fc.record({ kind: fc.constant('reading'), progress: rarely(fc.constant(1)) }),
  fc.record({ kind: fc.constant('done'), reason: fc.constantFrom('stop', 'length'), model: text, figures }),
);
const reply = fc.oneof(
  fc.record({ n: fc.nat(), chunk }),
  fc.record({
    n: rarely(fc.nat()),
    failure: fc.record({ code: fc.constantFrom('queue-full', 'internal'), message: fc.constant('m'), hint: rarely(fc.constant('h')) }),
  }),
  fc.record({ beat: fc.nat() }),
);

const facts = fc.record({
  os: text,
  arch: fc.constant('x64'),
  cpu: fc.record({ model: text, cores: fc.constantFrom(null, 8) }),
  ram: fc.record({ totalMb: fc.constantFrom(null, 16_000), freeMb: fc.constantFrom(null, 8000), pressure: rarely(fc.constant(0.5)) }),
  swap: rarely(fc.constantFrom(null, { totalMb: 1, freeMb: null })),
  disk: rarely(fc.constant({ totalMb: 1, freeMb: 1 })),
  onAc: rarely(fc.boolean()),
  addresses: rarely(fc.constant([{ name: 'eth0', address: '192.0.2.1' }])),
  tools: rarely(fc.constant([{ name: 'git', version: null }])),
  unknown: rarely(fc.constant(['gpus'])),
  lookedAt: rarely(fc.constant({ memory: 1 })),
  gpus: fc.array(fc.record({ name: text, vramMb: fc.constantFrom(null, 1), vramFreeMb: fc.constantFrom(null, 1), unified: fc.boolean() }), {
    maxLength: 2,
  }),
  load: fc.constantFrom(null, 0.5),
  battery: fc.constantFrom(null, { percent: 50, charging: null }),
});
const offer = fc.record({
  revision: fc.nat(),
  name: fc.constant('a machine'),
  version: fc.constant('0.1.0'),
  role: fc.constantFrom('leader', 'subordinate'),
  hardware: facts,
  leads: fc.option(
    fc.record({
      models: fc.array(
        fc.record({
          name: text,
          loaded: fc.boolean(),
          sizeBytes: rarely(fc.nat()),
          contextLength: rarely(fc.integer({ min: 1 })),
          digest: rarely(text),
          quantization: rarely(fc.constant('Q4_1')),
          parameters: rarely(fc.constant('135M')),
          capabilities: rarely(fc.subarray(['tools', 'vision', 'thinking'])),
        }),
        { maxLength: 3 },
      ),
      slots: fc.record({ total: fc.nat(8), free: fc.nat(8) }),
      downloads: rarely(fc.array(fc.record({ name: fc.constant('m:1'), sizeBytes: rarely(fc.integer({ min: 1 })) }), { maxLength: 3 })),
      recent: rarely(fc.array(fc.nat(100), { maxLength: 12 })),
      waiting: fc.nat(16),
      maxWaiting: fc.nat(16),
      engine: fc.record({
        kind: fc.constantFrom('embedded', 'ollama'),
        device: fc.record({
          ...{ kind: fc.constantFrom('gpu', 'cpu'), name: text, why: text },
          label: rarely(fc.constantFrom({ code: 'server' }, { code: 'cpu', simd: 'AVX2', threads: 4 }, { code: 'of a later version' })),
          cause: rarely(
            fc.oneof(
              fc.record({ code: fc.constant('ollama-none'), model: text, sizeBytes: fc.nat() }),
              fc.constantFrom({ code: 'no-gpu' }, { code: 'gpu-part' }, { code: 'of a later version', why: 'so' }),
            ),
          ),
        }),
        images: rarely(fc.boolean()),
      }),
    }),
  ),
  startedAt: rarely(fc.nat()),
  willing: rarely(fc.boolean()),
  couldLead: rarely(fc.array(fc.constant('m'), { maxLength: 3 })),
});
const offerKeys = [
  ...[
    'offer',
    'bye',
    'have',
    'same',
    'revision',
    'name',
    'version',
    'role',
    'hardware',
    'leads',
    'os',
    'arch',
    'cpu',
    'model',
    'cores',
    'ram',
    'totalMb',
    'freeMb',
    'gpus',
  ],
  ...[
    'vramMb',
    'vramFreeMb',
    'unified',
    'load',
    'battery',
    'percent',
    'charging',
    'models',
    'loaded',
    'sizeBytes',
    'contextLength',
    'digest',
  ],
  ...['quantization', 'parameters', 'capabilities', 'slots', 'total', 'free', 'waiting', 'maxWaiting', 'engine', 'kind', 'device', 'why'],
  ...['label', 'cause', 'code', 'simd', 'threads'],
  ...[
    'images',
    'pressure',
    'swap',
    'disk',
    'onAc',
    'addresses',
    'address',
    'tools',
    'unknown',
    'lookedAt',
    'memory',
    'willing',
    'couldLead',
    'recent',
    'startedAt',
    'downloads',
  ],
];

const downloadFrom = fc.oneof(
  fc.record({ engine: fc.constant('ollama'), name: fc.constantFrom('qwen3:8b', 'mistral:latest') }),
  fc.record({
    engine: fc.constant('embedded'),
    url: fc.constantFrom('https://example.org/a.gguf', 'http://127.0.0.1/a.gguf', 'file:///etc/passwd'),
    sha256: rarely(fc.constant('f'.repeat(64))),
  }),
);
const machineModels = fc.record({
  suggested: fc.array(
    fc.record({
      title: fc.string({ maxLength: 60 }),
      source: downloadFrom,
      sizeBytes: fc.nat(),
      fit: fc.constantFrom('fits', 'tight', 'too-big', 'unknown'),
      best: fc.boolean(),
      here: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  downloads: fc.array(
    fc.record({
      id: fc.uuid(),
      source: downloadFrom,
      name: fc.constant('a model'),
      state: fc.constantFrom('running', 'checking', 'paused', 'failed', 'done'),
      receivedBytes: fc.nat(),
      totalBytes: fc.constantFrom(null, 5),
      bytesPerSecond: fc.constantFrom(null, 1.5),
      again: fc.boolean(),
      failure: fc.constantFrom(null, { code: 'disk-full', message: 'm' }),
      askedBy: rarely(fc.constant({ peerId: '12D3KooWJ6wy6wUmqPUuPtqBLsZJ3u5iQbnKDmHDVZ8xAaGcVbpF', name: 'n' })),
    }),
    { maxLength: 3 },
  ),
});
const modelsKeys = [
  ...['wish', 'get', 'engine', 'name', 'url', 'sha256', 'models', 'suggested', 'title', 'source', 'sizeBytes', 'fit', 'best', 'here'],
  ...['downloads', 'id', 'state', 'receivedBytes', 'totalBytes', 'bytesPerSecond', 'again', 'failure', 'code', 'message', 'hint'],
  ...['retryAfterMs', 'askedBy', 'peerId'],
];

export const peerMessages: readonly PeerMessage[] = [
  {
    name: 'a question',
    protocol: chatProtocol,
    kind: 'request',
    limit: chatWire.requestBytes,
    sample: question,
    parse: parseOpening,
    keys: questionKeys,
  },
  {
    name: 'coming back to an answer',
    protocol: chatProtocol,
    kind: 'request',
    limit: chatWire.requestBytes,
    sample: backAgain,
    parse: parseOpening,
    keys: ['resume', 'stop', 'id', 'attempt', 'next'],
  },
  {
    name: 'a word in the middle of an answer',
    protocol: chatProtocol,
    kind: 'request',
    limit: chatWire.wordBytes,
    sample: word,
    parse: parseWord,
    keys: ['got', 'stop'],
  },
  {
    name: 'an answer',
    protocol: chatProtocol,
    kind: 'reply',
    limit: chatWire.replyFrameBytes,
    sample: reply,
    parse: (body) => {
      const said = parseReply(body);
      if (said !== undefined && 'failure' in said) throw said.failure;
      return said;
    },
    keys: [
      ...['n', 'chunk', 'etaMs', 'digest', 'build'],
      ...[
        'kind',
        'text',
        'position',
        'model',
        'progress',
        'reason',
        'figures',
        'tokens',
        'tokensPerSecond',
        'timeToFirstTokenMs',
        'promptTokens',
      ],
    ],
  },
  {
    name: 'an offer',
    protocol: offerProtocol,
    kind: 'request',
    limit: offerWire.frameBytes,
    sample: fc.oneof(
      { arbitrary: fc.record({ offer }), weight: 8 },
      { arbitrary: fc.constant({ bye: true }), weight: 1 },
      { arbitrary: fc.record({ have: fc.oneof(fc.constant(null), fc.nat()) }), weight: 1 },
    ),
    parse: parseOfferMessage,
    keys: offerKeys,
  },
  {
    name: 'what an offer is asked for with, answered',
    protocol: offerProtocol,
    kind: 'reply',
    limit: offerWire.frameBytes,
    sample: fc.oneof({ arbitrary: fc.record({ offer }), weight: 9 }, { arbitrary: fc.constant({ same: true }), weight: 1 }),
    parse: parseOfferAnswer,
    keys: offerKeys,
  },
  {
    name: 'a wish for models',
    protocol: modelsProtocol,
    kind: 'request',
    limit: modelsWire.wishBytes,
    sample: fc.record({ wish: fc.record({ get: rarely(downloadFrom) }) }),
    parse: parseModelsWish,
    keys: modelsKeys,
  },
  {
    name: 'the models of a machine',
    protocol: modelsProtocol,
    kind: 'reply',
    limit: modelsWire.replyBytes,
    sample: fc.oneof(
      fc.record({ models: machineModels }),
      fc.record({ failure: fc.record({ code: fc.constantFrom('not-permitted', 'rate-limited'), message: fc.constant('m') }) }),
    ),
    parse: parseModelsReply,
    keys: modelsKeys,
  },
  {
    name: "a seed's question",
    protocol: inferenceProtocol,
    kind: 'request',
    limit: inferenceWire.frameBytes,
    sample: fc.record({ prompt: text, model: fc.constantFrom(null, undefined, 'm') }),
    parse: parseInference,
    keys: ['id', 'model', 'messages', 'role', 'content', 'parameters'],
  },
  {
    name: "a seed's answer",
    protocol: inferenceProtocol,
    kind: 'reply',
    limit: inferenceWire.frameBytes,
    sample: fc.record({ response: text, success: fc.boolean(), error: fc.constantFrom(null, undefined, 'no') }),
    parse: parseInferenceReply,
    keys: [],
  },
  ...trustMessages,
];
