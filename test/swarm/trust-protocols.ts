// The messages of trust, as peer-protocols.ts has the others: joining, news of the roster, and the statements inside it.
import fc from 'fast-check';
import { joinFrameBytes, parseHost, parseKnock, parseReveal } from '../../src-main/network/encounter.ts';
import { joinProtocol } from '../../src-main/network/join-host.ts';
import { newsWire, parseNewsPart } from '../../src-main/network/news-wire.ts';
import { parseGreeting, parseRosterReply, rosterProtocol } from '../../src-main/network/roster-protocol.ts';
import { secret, type PeerMessage } from './hostile-frames.ts';

const hex64 = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 64, maxLength: 64 });
const name = fc.string({ maxLength: 30 }).map((words) => `${secret} ${words}`);
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const digest = fc.record({ swarm: fc.option(hex64), heads: fc.array(hex64, { maxLength: 4 }), epoch: fc.nat(1000) });
const statement = fc.record({ body: name.map((text) => JSON.stringify({ op: 'admit', text })), signature: fc.constant('A'.repeat(88)) });
const peerId = '12D3KooWNRXQvZkfTsiPj2C4WoqTzMzwTbTQYQUH4GeQfc2UsqGz';

const knock = fc.oneof(
  fc.record({ ask: fc.record({ name, commitment: hex64, token: rarely(fc.constant('t')), code: rarely(fc.constant('ABCD-EFGH')) }) }),
  fc.constant({ introduce: true }),
);
const host = fc.oneof(
  fc.record({ nonce: hex64, name, swarm: fc.option(hex64) }),
  fc.record({ later: fc.nat(60_000) }),
  fc.record({
    elsewhere: fc.record({
      name,
      open: fc.boolean(),
      admins: fc.array(fc.record({ peerId: fc.constant(peerId), name, addresses: fc.constant(['/ip4/10.0.0.1/tcp/1']) }), { maxLength: 2 }),
    }),
  }),
  fc.constantFrom({ wait: true }, { taken: true }, { refused: 'no' }, { wrong: 2 }, { welcome: true, addresses: [] }),
);

export const trustMessages: readonly PeerMessage[] = [
  {
    name: 'a knock',
    protocol: joinProtocol,
    kind: 'request',
    limit: joinFrameBytes,
    sample: knock,
    parse: parseKnock,
    keys: ['ask', 'name', 'commitment', 'token', 'code', 'introduce'],
  },
  {
    name: "a joiner's number",
    protocol: joinProtocol,
    kind: 'request',
    limit: joinFrameBytes,
    sample: fc.record({ nonce: hex64 }),
    parse: parseReveal,
    keys: ['nonce'],
  },
  {
    name: 'what a host says',
    protocol: joinProtocol,
    kind: 'reply',
    limit: joinFrameBytes,
    sample: host,
    parse: parseHost,
    keys: [
      'nonce',
      'name',
      'swarm',
      'later',
      'elsewhere',
      'open',
      'admins',
      'peerId',
      'addresses',
      'wait',
      'refused',
      'wrong',
      'taken',
      'welcome',
    ],
  },
  {
    name: 'a greeting',
    protocol: rosterProtocol,
    kind: 'request',
    limit: newsWire.frameBytes,
    sample: fc.record({ digest, news: rarely(fc.boolean()) }),
    parse: parseGreeting,
    keys: ['digest', 'swarm', 'heads', 'epoch', 'news'],
  },
  {
    name: 'its answer',
    protocol: rosterProtocol,
    kind: 'reply',
    limit: newsWire.frameBytes,
    sample: fc.record({ digest, same: fc.boolean() }),
    parse: parseRosterReply,
    keys: ['digest', 'swarm', 'heads', 'epoch', 'same'],
  },
  {
    name: 'news',
    protocol: rosterProtocol,
    kind: 'request',
    limit: newsWire.frameBytes,
    sample: fc.record({
      statements: fc.array(statement, { maxLength: 4 }),
      keys: fc.array(fc.record({ epoch: fc.nat(1000), key: hex64 }), { maxLength: 2 }),
      more: fc.boolean(),
    }),
    parse: parseNewsPart,
    keys: ['statements', 'keys', 'more', 'body', 'signature', 'epoch', 'key'],
  },
];
