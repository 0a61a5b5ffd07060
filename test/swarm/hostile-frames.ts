// Frames as a malicious member would make them: a valid message with something wrong in its values, its shape, its JSON or its framing.
import fc from 'fast-check';

export type PeerMessage = {
  name: string;
  protocol: string;
  /** request: sent to a node on a fresh stream; reply: what a leader says to who asked it. */
  kind: 'request' | 'reply';
  /** Bytes of the largest frame that is taken. */
  limit: number;
  /** Valid messages. */
  sample: fc.Arbitrary<unknown>;
  parse(body: Uint8Array): unknown;
  /** Every key that what was parsed may have, at any depth. */
  keys: readonly string[];
};

/** JSON as text in the making: keys may come twice or be "__proto__", and a leaf may be no JSON at all. */
type Tree = { raw: string } | { list: Tree[] } | { pairs: [string, Tree][] };

/** In every sample's text, so that an error which repeats what was said is seen. */
export const secret = 'SECRET-7f3a';

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** Leaves that break one assumption each. */
const poison = [
  ...['null', 'true', '0', '-0', '-1', '1.5', '1e400', '-1e400', '1e-400', '9007199254740993', '123456789012345678901234567890'],
  ...['NaN', 'Infinity', 'undefined', '0x10', '01', '+1', "'x'", '[1,', '{"a"', '"open', '', ' ', '//x', '\u2028'],
  ...[
    '""',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\\u202e\\u2066"',
    '"__proto__"',
    '"../../api/pull"',
    '"http://127.0.0.1:11434/api/delete"',
  ],
  ...[
    '[]',
    '{}',
    '[null]',
    '[[]]',
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"toJSON":1,"then":1,"length":-1}',
  ],
  ...[nested('[', ']', 3000), nested('{"a":', '}', 3000).replace('}', '1}'), `"${'x'.repeat(70_000)}"`, `"${'\\u0000'.repeat(2000)}"`],
  ...[`[${'0,'.repeat(5000)}0]`, `{${Array.from({ length: 300 }, (_, key) => `"k${key}":0`).join()}}`],
];

/** What engines understand and members have no business with. */
export const smuggled = [
  ...[
    'n_discard',
    'options',
    'format',
    'num_ctx',
    'num_gpu',
    'num_predict',
    'images',
    'tools',
    'tool_calls',
    'think',
    'keep_alive',
    'template',
  ],
  ...[
    'system',
    'raw',
    'suffix',
    'context',
    'adapters',
    'lora',
    'grammar',
    'json_schema',
    'logit_bias',
    'cache_prompt',
    'id_slot',
    'n_keep',
    'n_probs',
  ],
  ...[
    'mmproj',
    'path',
    'file',
    'insecure',
    'modelfile',
    'files',
    'stream',
    'truncate',
    'shift',
    'from',
    'peerId',
    'role_override',
    'admin',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'then', 'valueOf', 'hasOwnProperty'],
];

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === 'object' && value !== null)
    return { pairs: Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, treeOf(one)] as [string, Tree]])) };
  return { raw: JSON.stringify(value) };
}

function textOf(tree: Tree): string {
  if ('raw' in tree) return tree.raw;
  if ('list' in tree) return `[${tree.list.map(textOf).join()}]`;
  return `{${tree.pairs.map(([key, one]) => `${JSON.stringify(key)}:${textOf(one)}`).join()}}`;
}

function nodesOf(tree: Tree, found: Tree[] = []): Tree[] {
  found.push(tree);
  if ('list' in tree) for (const one of tree.list) nodesOf(one, found);
  if ('pairs' in tree) for (const [, one] of tree.pairs) nodesOf(one, found);
  return found;
}

const mutation = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'drop', 'extra', 'extra', 'twice', 'many', 'wrap', 'quote'),
  at: fc.nat(200),
  which: fc.nat(200),
  leaf: fc.oneof(
    { arbitrary: fc.constantFrom(...poison), weight: 6 },
    { arbitrary: fc.json({ maxDepth: 2 }), weight: 1 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)), weight: 1 },
    { arbitrary: fc.double().map(String), weight: 1 },
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer One> ? One : never;

function become(tree: Tree, next: Tree): void {
  for (const key of Object.keys(tree)) delete (tree as Record<string, unknown>)[key];
  Object.assign(tree, next);
}

/** Text that one mutation makes out of one value by repeating it. */
const manyBytes = 500_000;

function mutate(root: Tree, { kind, at, which, leaf }: Mutation): void {
  const nodes = nodesOf(root);
  const objects = nodes.filter((node) => 'pairs' in node);
  const tree = nodes[at % nodes.length] ?? root;
  const object = objects[at % Math.max(1, objects.length)];
  const pair = object?.pairs[which % Math.max(1, object.pairs.length)];
  const key = smuggled[which % smuggled.length] ?? 'options';
  if (kind === 'replace') become(tree, { raw: leaf });
  else if (kind === 'wrap') become(tree, { list: [{ ...tree }] });
  else if (kind === 'quote') become(tree, { raw: JSON.stringify(textOf(tree)) });
  else if (kind === 'drop') object?.pairs.splice(which % Math.max(1, object.pairs.length), 1);
  else if (kind === 'extra') object?.pairs.push([key, { raw: leaf }]);
  else if (kind === 'twice' && pair !== undefined) object?.pairs.push([pair[0], { raw: leaf }]);
  else if (kind === 'many' && 'list' in tree && tree.list[0] !== undefined) {
    const [one] = tree.list;
    const text = textOf(one);
    const length = Math.min(10 + which * 12, Math.ceil(manyBytes / text.length));
    // the others as finished text: a later mutation of one that all of them share would make no frame, but all of this process's memory
    become(tree, { list: [one, { raw: `${`${text},`.repeat(length - 1)}${text}` }] });
  }
}

export type HostileFrame = { bytes: Uint8Array; cuts: number[]; what: string };

const framing = fc.record({
  prefix: fc.oneof(
    { arbitrary: fc.constant('true' as const), weight: 30 },
    { arbitrary: fc.constantFrom(0xff_ff_ff_ff, 0x7f_ff_ff_ff, 0x80_00_00_00, 0), weight: 1 },
    { arbitrary: fc.integer({ min: -5, max: 5 }), weight: 1 },
  ),
  flip: fc.option(fc.record({ at: fc.nat(5000), to: fc.nat(255) }), { freq: 8 }),
  tail: fc.oneof({ arbitrary: fc.constant(new Uint8Array()), weight: 8 }, { arbitrary: fc.uint8Array({ maxLength: 24 }), weight: 1 }),
  cuts: fc.array(fc.nat(4000), { maxLength: 4 }),
});

/** @param sample valid messages of one protocol */
export function hostileFrames(sample: fc.Arbitrary<unknown>): fc.Arbitrary<HostileFrame> {
  return fc
    .record({ message: sample, mutations: fc.array(mutation, { maxLength: 4 }), how: framing })
    .map(({ message, mutations, how }) => {
      const tree = treeOf(message);
      for (const one of mutations) mutate(tree, one);
      const text = textOf(tree);
      const body = Buffer.from(text, 'utf8');
      if (how.flip !== null && body.byteLength > 0) body[how.flip.at % body.byteLength] = how.flip.to;
      const prefix = Buffer.alloc(4);
      const declared =
        how.prefix === 'true' ? body.byteLength : how.prefix > 5 || how.prefix === 0 ? how.prefix : body.byteLength + how.prefix;
      prefix.writeUInt32BE(Math.max(0, declared));
      return { bytes: Buffer.concat([prefix, body, how.tail]), cuts: how.cuts, what: text.slice(0, 200) };
    });
}

/** The frame's bytes as a network might bring them. */
export function piecesOf({ bytes, cuts }: HostileFrame): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}
