// The report for somebody who helps, from a whole node: it says what the node is, and none of what is nobody else's business.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fakeSwarm } from '../fakes/fake-network.ts';

import { cleanUpNodes, leadsFor, question, reading, startTestNode } from './node-fixtures.ts';

afterEach(cleanUpNodes);

const canaries = {
  prompt: 'canary prompt about my landlord',
  title: 'canary title of a chat',
  answer: 'canary answer from the model',
  token: '#token=canarycanarycanarycanary',
  address: '192.168.77.31',
  folder: '/home/canary-user/',
};

test('no key, prompt, answer, token, address, id or name of a machine gets into the report', async () => {
  const swarm = fakeSwarm();
  const strong = await startTestNode({
    swarm,
    settings: { name: 'canary-strong', role: 'leader' },
    engine: { script: () => canaries.answer },
  });
  const node = await startTestNode({ swarm, settings: { name: 'canary-laptop' } });
  await leadsFor(node, strong);
  const id = crypto.randomUUID();
  await node.control.conversations.create({ id, title: canaries.title });
  expect((await reading(node.control.ask({ request: question(canaries.prompt) })).ended).text).toContain('canary answer');
  const digits = readFileSync(join(node.folder, 'swarm.key'), 'utf8').trim().split('\n').at(-1) ?? '';
  expect(digits).toMatch(/^[0-9a-f]{64}$/);
  mkdirSync(join(node.folder, 'logs'), { recursive: true });
  const line = `reached canary-strong ${strong.id} at /ip4/${canaries.address}/tcp/4101 from ${canaries.folder}x ${canaries.token} ${digits}`;
  writeFileSync(join(node.folder, 'logs', 'axon.log'), `{"msg":"the node is up"}\n{"msg":${JSON.stringify(line)}}\n`);

  const { files } = await node.control.diagnostics();
  const all = files.map(({ text }) => text).join('\n');
  expect(files.map(({ name }) => name)).toEqual(['node.json', 'doctor.json', 'log.txt']);
  // it is of use
  expect(all).toContain('the node is up');
  expect(all).toContain('"version": "0.1.0"');
  expect(JSON.parse(files[0]?.text ?? '')).toMatchObject({ role: { wanted: 'subordinate' }, peers: [{ peer: 1, state: 'connected' }] });
  // and says nothing that is private
  const secrets = [
    ...Object.values(canaries),
    'canary',
    digits,
    Buffer.from(digits, 'hex').toString('base64'),
    strong.id,
    node.id,
    node.folder,
  ];
  for (const secret of secrets) expect(all, secret).not.toContain(secret);
});

test('what is stored here is told in bytes', async () => {
  const node = await startTestNode({ swarm: fakeSwarm() });
  mkdirSync(join(node.folder, 'models'), { recursive: true });
  writeFileSync(join(node.folder, 'models', 'a.gguf'), Buffer.alloc(5000));
  expect(await node.control.storage()).toMatchObject({ folder: node.folder, models: 5000, conversations: expect.any(Number) });
});
