// An engine with a known hole answers its owner, and nobody else until the owner insists: also not those who ask without an offer.
import { afterEach, expect, test } from 'vitest';
import { toFailure } from '../../src-shared/failure.ts';
import { newIdentity } from '../../src-main/network/identity.ts';
import { parseSwarmKey } from '../../src-main/network/swarm-key.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { openTrust } from '../fakes/open-trust.ts';
import type { NetworkEvent } from '../../src-main/swarm/ports.ts';
import { cleanUpNodes, keyText, leadsFor, peerOf, question, reading, seen, startTestNode } from './node-fixtures.ts';
import { textOf } from './network-fixtures.ts';

afterEach(cleanUpNodes);

const vulnerable = { component: 'Ollama', version: '0.34.2', minimum: '0.35.0', cves: ['CVE-2026-103663'] };

test('it is not offered, and refuses whoever asks it all the same', async () => {
  const swarm = fakeSwarm();
  const owner = await startTestNode({ swarm, settings: { name: 'owner', role: 'leader' }, engine: { vulnerable } });
  const other = await startTestNode({ swarm, settings: { name: 'other' } });
  await seen(other, (view) => peerOf(view, owner)?.offer);
  const view = await seen(owner, ({ self }) => self.role.actual.kind === 'leader' && self.models.some(({ loaded }) => loaded));
  expect(view.self.engine?.vulnerable).toEqual(vulnerable);
  expect(view.troubles.map(({ code }) => code)).toEqual(['engine-vulnerable']);
  expect(peerOf(other.node.view(), owner)?.offer?.leads).toBeNull();
  expect((await reading(other.control.ask({ request: question('hello') })).ended).failure).toBe('no-leader');
  // one that does not care for offers
  const met = Promise.withResolvers<void>();
  const { peerId, ...stranger } = { ...swarm.network(member(met.resolve)), peerId: owner.id };
  await stranger.start();
  await met.promise;
  const asked = textOf(stranger.ask(peerId, question('hello'), AbortSignal.timeout(5000)));
  expect(await asked.catch((error: unknown) => toFailure(error).code)).toBe('engine-vulnerable');
  expect(owner.engine.asked).toEqual([]);
  await stranger.stop();
});

test('its owner uses it, and the doctor says what is wrong', async () => {
  const owner = await startTestNode({ swarm: fakeSwarm(), settings: { role: 'leader' }, engine: { vulnerable } });
  await seen(owner, ({ self }) => self.role.actual.kind === 'leader' && self.models.some(({ loaded }) => loaded));
  const answer = await reading(owner.control.ask({ request: question('hello') })).ended;
  expect(answer).toMatchObject({ failure: null });
  expect(answer.text).toContain('hello');
  const { checks } = await owner.control.doctor();
  expect(checks.find(({ name }) => name === 'engine')).toEqual({
    name: 'engine',
    outcome: 'fault',
    found: 'Ollama 0.34.2 is older than 0.35.0: CVE-2026-103663.',
    fix: 'Update it to 0.35.0 or later. Until then it answers only this machine.',
    code: 'engine-hole',
    values: { component: 'Ollama', version: '0.34.2', minimum: '0.35.0' },
  });
});

test('an owner who insists lends it; taken back, it is withheld again', async () => {
  const swarm = fakeSwarm();
  const owner = await startTestNode({ swarm, settings: { name: 'owner', role: 'leader' }, engine: { vulnerable } });
  const other = await startTestNode({ swarm, settings: { name: 'other' } });
  await owner.control.settings.update({ allowVulnerableEngine: true });
  await leadsFor(other, owner);
  await seen(owner, ({ troubles }) => troubles.length === 0);
  // the badge stays: the hole does
  expect(owner.node.view().self.engine?.vulnerable).toEqual(vulnerable);
  expect((await reading(other.control.ask({ request: question('hello') })).ended).failure).toBeNull();
  await owner.control.settings.update({ allowVulnerableEngine: false });
  await seen(other, (view) => peerOf(view, owner)?.offer?.leads === null);
});

function member(met: () => void) {
  return {
    privateKey: newIdentity(),
    trust: openTrust(parseSwarmKey(Buffer.from(keyText), {})),
    serve: () => {
      throw new Error('asks only');
    },
    onEvent: ({ kind }: NetworkEvent) => void (kind === 'connected' && met()),
  };
}
