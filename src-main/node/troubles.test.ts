import { expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { troublesOf, type TroubleFacts } from './troubles.ts';

const well: TroubleFacts = {
  network: 'on',
  listen: undefined,
  mdns: undefined,
  withheld: undefined,
  membership: [],
  settingsDamaged: false,
  repaired: null,
};
const codes = (facts: Partial<TroubleFacts>): string[] => troublesOf({ ...well, ...facts }).map(({ code }) => code);

test('a machine that is well has none, and the worst stands first', () => {
  expect(codes({})).toEqual([]);
  const [failed, listen, mdns] = [new Failure('key-wrong-header', 'x'), new Failure('port-in-use', 'x'), new Failure('internal', 'x')];
  const withheld = new Failure('engine-vulnerable', 'x');
  const all = { network: { failed: failed.toShape() }, listen: listen.toShape(), mdns: mdns.toShape(), withheld, settingsDamaged: true };
  expect(codes(all)).toEqual(['key-wrong-header', 'port-in-use', 'engine-vulnerable', 'internal', 'internal']);
});

test('repaired conversations: it says where the damaged file is now', () => {
  const [trouble] = troublesOf({ ...well, repaired: { setAside: '/home/anna/conversations.db.damaged-1' } });
  expect(trouble).toMatchObject({ code: 'conversations-damaged', hint: '/home/anna/conversations.db.damaged-1' });
});
