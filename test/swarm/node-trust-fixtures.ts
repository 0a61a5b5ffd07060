// Swarms of whole nodes that let each other in: what the tests of trust begin with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import { leadsFor, peerOf, question, reading, seen, startTestNode, type TestNode, type TestNodeOptions } from './node-fixtures.ts';

export type More = Omit<Partial<TestNodeOptions>, 'settings'> & { settings?: TestNodeOptions['settings'] };
export const start = (swarm: FakeSwarm, name: string, { settings = {}, ...more }: More = {}): Promise<TestNode> =>
  startTestNode({ swarm, key: null, ...more, settings: { name, open: false, ...settings } });

export async function founder(swarm: FakeSwarm, name = 'DESK', more: More = {}): Promise<TestNode> {
  const node = await start(swarm, name, more);
  await node.control.key.create();
  await seen(node, ({ membership }) => membership.standing === 'admin');
  return { ...node, id: node.node.view().self.peerId ?? '' };
}

/** With a copy of that machine's swarm.key, and nothing else. */
export async function bearer(swarm: FakeSwarm, of: TestNode, name = 'LAPTOP', more: More = {}): Promise<TestNode> {
  return start(swarm, name, { key: readFileSync(join(of.folder, 'swarm.key'), 'utf8'), ...more });
}

export async function letIn(admin: TestNode, device: TestNode): Promise<void> {
  const { membership } = await seen(admin, (view) => view.membership.applicants.some(({ peerId }) => peerId === device.id));
  const words = membership.applicants.find(({ peerId }) => peerId === device.id)?.words ?? '';
  await admin.control.members.allow({ peerId: device.id, words });
  await isMember(device);
  await connected(admin, device);
}

export const isMember = (node: TestNode) =>
  seen(node, ({ membership }) => membership.standing === 'member' || membership.standing === 'admin');
export const connected = (a: TestNode, b: TestNode) => seen(a, (view) => peerOf(view, b)?.state === 'connected');
export const memberOf = (at: TestNode, who: TestNode) => at.node.view().membership.members.find(({ peerId }) => peerId === who.id);
export const ask = (node: TestNode, peer?: string) =>
  reading(node.control.ask({ request: question('why?'), ...(peer === undefined ? {} : { peer }) })).ended;
export const keyFile = (node: TestNode): string => readFileSync(join(node.folder, 'swarm.key'), 'utf8');

/** A leading admin and a member that it let in. */
export async function two(more: More = {}): Promise<{ swarm: FakeSwarm; desk: TestNode; laptop: TestNode }> {
  const swarm = fakeSwarm();
  const desk = await founder(swarm, 'DESK', { ...more, settings: { role: 'leader', ...more.settings } });
  const laptop = await bearer(swarm, desk);
  await letIn(desk, laptop);
  await leadsFor(laptop, desk);
  return { swarm, desk, laptop };
}
