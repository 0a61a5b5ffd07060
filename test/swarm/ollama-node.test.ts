// Nodes whose engine is an Ollama: on another machine than the node, and looked at before it is started. Its server is played.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ollamaEngine } from '../../src-main/engine/ollama/engine.ts';
import type { Engine } from '../../src-main/jobs/ports.ts';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { fakeOllama, type FakeOllama, type FakeOllamaOptions } from '../fakes/fake-ollama.ts';
import { hurriedClock } from '../fakes/hurried-clock.ts';
import { quietLog } from './network-fixtures.ts';
import { cleanUpNodes, leadsFor, peerOf, question, reading, seen, startTestNode, type TestNode } from './node-fixtures.ts';

const patienceMs = 30_000;
/** Half a minute passes in one and a half seconds. */
const clock = hurriedClock(20);
const servers: FakeOllama[] = [];

afterEach(async () => {
  await cleanUpNodes();
  await Promise.all(servers.splice(0).map((server) => server.close().catch(() => undefined)));
});

async function ollama(options: FakeOllamaOptions = {}): Promise<FakeOllama> {
  const server = await fakeOllama(options);
  servers.push(server);
  return server;
}
const engineAt = (server: FakeOllama, elsewhere = false): Engine =>
  ollamaEngine({
    url: server.url,
    env: {},
    cwd: path.join(tmpdir(), 'axon-no-such-folder'),
    clock,
    log: quietLog,
    elsewhere: async () => elsewhere,
  });
const small = { ram: { totalMb: 4000, freeMb: 900 } };
const roleOf = ({ node }: TestNode): string => node.view().self.role.actual.kind;

function autoNode(swarm: FakeSwarm, name: string, server: FakeOllama, ramMb: number): Promise<TestNode> {
  return startTestNode({
    swarm,
    clock,
    settings: { name, role: 'auto', engine: 'ollama' },
    hardware: { ram: { totalMb: ramMb, freeMb: ramMb } },
    makeEngine: () => engineAt(server),
  });
}

test('the memory of the machine in front of a remote Ollama is no reason against it, for the others nor for itself', async () => {
  const swarm = fakeSwarm();
  const big = { models: [{ name: 'llama3.3:70b', size: 40e9 }], script: () => 'From the rack.' };
  const server = await ollama(big);
  const front = await startTestNode({
    swarm,
    settings: { name: 'front', role: 'leader', engine: 'ollama' },
    hardware: small,
    makeEngine: () => engineAt(server, true),
  });
  const asker = await startTestNode({ swarm, settings: { name: 'asker', role: 'subordinate' } });
  await leadsFor(asker, front);
  // out of memory again, as after five quiet minutes: its size and need are what others go by
  server.unloadAll();
  await seen(asker, (view) => peerOf(view, front)?.offer?.leads?.models.every(({ loaded }) => !loaded), patienceMs);
  const survey = await asker.control.place({ request: question('why?') });
  expect(survey).toMatchObject({ failure: null, placement: { leader: { name: 'front' } } });
  expect(survey.candidates.find(({ leader }) => leader.name === 'front')).toMatchObject({ loaded: false, freeMb: null });
  expect(await reading(asker.control.ask({ request: question('why?') })).ended).toMatchObject({ failure: null, text: 'From the rack.' });
});

test('the same Ollama on this machine is refused for want of memory', async () => {
  const swarm = fakeSwarm();
  const server = await ollama({ models: [{ name: 'llama3.3:70b', size: 40e9 }] });
  const here = await startTestNode({
    swarm,
    settings: { name: 'here', role: 'leader', engine: 'ollama' },
    hardware: small,
    makeEngine: () => engineAt(server),
  });
  await seen(here, ({ self }) => self.models.length === 1, patienceMs);
  const survey = await here.control.place({ request: question('why?') });
  expect(survey).toMatchObject({ placement: null, failure: { code: 'out-of-memory' } });
});

test('a willing machine whose Ollama has a model leads, though nobody started it', { timeout: 90_000 }, async () => {
  const swarm = fakeSwarm();
  const script = (): string => 'It was my turn.';
  const strong = await autoNode(swarm, 'strong', await ollama({ script }), 64_000);
  const weak = await autoNode(swarm, 'weak', await ollama({ models: [] }), 4000);
  const told = await seen(weak, (view) => (peerOf(view, strong)?.offer?.couldLead?.length ?? 0) > 0, patienceMs);
  expect(peerOf(told, strong)?.offer).toMatchObject({ couldLead: ['llama3.2:3b'] });
  await seen(strong, ({ self }) => self.role.actual.kind === 'leader', patienceMs);
  await seen(weak, ({ self: { role } }) => role.actual.kind === 'subordinate' && role.actual.leader?.name === 'strong', patienceMs);
  expect(await reading(weak.control.ask({ request: question('who?') })).ended).toMatchObject({ failure: null, text: script() });
});

test('an Ollama that must not be lent is never started for it: the next one leads', { timeout: 90_000 }, async () => {
  const swarm = fakeSwarm();
  const [holed, sound] = [await ollama({ version: '0.17.0' }), await ollama()];
  const strong = await autoNode(swarm, 'strong', holed, 64_000);
  const roles = new Set<string>();
  strong.node.onView(() => roles.add(roleOf(strong)));
  const weak = await autoNode(swarm, 'weak', sound, 4000);
  await seen(weak, ({ self }) => self.role.actual.kind === 'leader', patienceMs);
  await seen(strong, ({ self: { role } }) => role.actual.kind === 'subordinate' && role.actual.leader?.name === 'weak', patienceMs);
  await seen(weak, (view) => peerOf(view, strong)?.offer?.willing === false, patienceMs);
  expect([...roles].filter((role) => !['off', 'subordinate'].includes(role))).toEqual([]);
});

test('the doctor finds the models of an Ollama that is not started, and its absence', async () => {
  const swarm = fakeSwarm();
  const [there, away, holed] = [await ollama(), await ollama(), await ollama({ version: '0.17.0' })];
  await away.close();
  servers.splice(servers.indexOf(away), 1);
  const [node, other] = [
    await startTestNode({ swarm, settings: { role: 'subordinate' }, makeEngine: () => engineAt(there) }),
    await startTestNode({ swarm, settings: { role: 'auto' }, makeEngine: () => engineAt(away) }),
  ];
  const old = await startTestNode({ swarm, settings: { role: 'auto' }, makeEngine: () => engineAt(holed) });
  const engineCheck = async ({ control }: TestNode) => (await control.doctor()).checks.find(({ name }) => name === 'engine');
  expect(await engineCheck(node)).toMatchObject({ outcome: 'ok', found: 'Not needed: this machine is a subordinate.' });
  expect(await engineCheck(other)).toMatchObject({ outcome: 'ok', found: 'Not started: it is not the turn of this machine to lead.' });
  expect(await engineCheck(old)).toMatchObject({ outcome: 'warning', found: expect.stringContaining('Ollama 0.17.0 is older than') });
  const modelCheck = async ({ control }: TestNode) => (await control.doctor()).checks.find(({ name }) => name === 'model');
  expect(await modelCheck(node)).toEqual({
    name: 'model',
    outcome: 'ok',
    found: '1 model(s) can be run here.',
    code: 'models-there',
    values: { count: 1 },
  });
  expect(await modelCheck(other)).toMatchObject({ outcome: 'warning', found: `Ollama does not answer at ${away.url}.` });
});

test('of one whose Ollama is away the others know that its engine is down, and that it is back', async () => {
  const swarm = fakeSwarm();
  const server = await ollama();
  const settings = { name: 'front', role: 'leader', engine: 'ollama' } as const;
  const front = await startTestNode({ swarm, clock, settings, makeEngine: () => engineAt(server) });
  const asker = await startTestNode({ swarm, settings: { name: 'asker', role: 'subordinate' } });
  await leadsFor(asker, front);
  await server.close();
  await seen(asker, (view) => peerOf(view, front)?.offer?.engineDown, patienceMs);
  const survey = await asker.control.place({ request: question('why?') });
  expect(survey).toMatchObject({ placement: null, failure: { code: 'engine-failed' } });
  expect(survey.candidates.map(({ leader: { name }, excluded }) => [name, excluded])).toEqual(
    expect.arrayContaining([['front', 'engine-down']]),
  );
  servers.push(await fakeOllama({ port: Number(new URL(server.url).port) }));
  await seen(asker, (view) => peerOf(view, front)?.offer?.leads != null && peerOf(view, front)?.offer?.engineDown !== true, patienceMs);
});
