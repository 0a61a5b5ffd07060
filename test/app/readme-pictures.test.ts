// The two pictures that the README shows, from the built window with played data: assets/screenshot.png and assets/map.png are these.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { emptyConversation } from '../../src-shared/conversation.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { chooseShape, picture } from './browser.ts';
import { done, gpuDesktop, laptopView, macMini, member, placed, selfId } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';
import { answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();
const size = { width: 1200, height: 760 };
const model = 'qwen3:8b';

type Peer = SwarmView['peers'][number];

/** The desktop as another machine with other hardware. */
function another(at: number, name: string, os: string, change: Partial<NonNullable<Peer['offer']>['hardware']>, leads: boolean): Peer {
  const desktop = gpuDesktop();
  if (desktop.offer === null) throw new Error('the played desktop offers nothing');
  const { offer } = desktop;
  const hardware = { ...offer.hardware, os, ...change };
  return {
    ...desktop,
    peerId: `12D3KooWPic${String.fromCharCode(97 + at).repeat(38)}`,
    name,
    latencyMs: 1.4 + at * 2.3,
    offer: { ...offer, name, role: leads ? 'leader' : 'subordinate', hardware, leads: leads ? offer.leads : null },
  };
}

function household(): SwarmView {
  const studio = {
    gpus: [{ name: 'Apple M4 Max', vramMb: null, vramFreeMb: null, unified: true }],
    cpu: { model: 'Apple M4 Max', cores: 14 },
    load: 0.08,
  };
  const peers = [
    gpuDesktop(),
    another(1, 'studio', 'macOS 26', studio, true),
    another(
      2,
      'kitchen',
      'Debian 12',
      { gpus: [], cpu: { model: 'Intel N100', cores: 4 }, ram: { totalMb: 16_000, freeMb: 11_000 }, load: 0.03 },
      false,
    ),
    macMini(),
  ];
  const view = laptopView({ peers });
  const members = [
    member(selfId, 'thinkpad', { role: 'admin', connected: true }),
    ...peers.map(({ peerId, name, state }, at) =>
      member(peerId, name, { connected: state === 'connected', role: at === 0 ? 'admin' : 'member' }),
    ),
  ];
  return { ...view, membership: { ...view.membership, members } };
}

function keep(node: FakeNode, title: string, hoursAgo: number, folder: string | null = null): void {
  const kept = emptyConversation(randomUUID(), title, Date.now() - hoursAgo * 3_600_000);
  node.conversations.set(kept.id, { ...kept, folder });
}

/** What a household asks. */
function keepSome(node: FakeNode): void {
  keep(node, 'Rent contract, in plain words', 3, 'Flat');
  keep(node, 'Letter to the landlord', 20, 'Flat');
  keep(node, 'Why the build is slow', 26);
  keep(node, 'Names for a tabby cat', 50);
  keep(node, 'Trip to Ghent in March', 75);
}

const text = `A starter is flour and water in which wild yeast and bacteria settle. Feed it once a day:

| day | keep | add |
|---|---|---|
| 1 | – | 50 g flour, 50 g water |
| 2 to 5 | 50 g | 50 g flour, 50 g water |
| 6 | all | 100 g flour, 100 g water |

1. Leave it at **24 to 26 °C**, loosely covered.
2. From the third day it smells sour and rises a little.
3. It is ready when it doubles within *six hours*.`;

test('the chat, answered by another machine', async () => {
  const { page } = await open(household(), {
    ...size,
    before(node) {
      keepSome(node);
      node.script(() => {
        const found = placed();
        if (found.kind === 'placed') found.placement.model = model;
        return [found, { kind: 'text', text }, done(168, model)];
      });
    },
  });
  await ask(page, 'How do I make a sourdough starter?');
  await answer(page, 'done').waitFor();
  expect(await page.getByTestId('answer-line').textContent()).toContain('GPU-DESKTOP');
  await page.mouse.move(0, 0);
  await picture(page, 'readme-chat');
});

test('the map, with a question on its way', async () => {
  const { page } = await open(household(), {
    ...size,
    before(node) {
      keepSome(node);
      node.script(() => [placed(), { kind: 'text', text: 'A starter' }, { hold: true }]);
    },
  });
  await ask(page, 'How do I make a sourdough starter?');
  await page.getByTestId('answer').waitFor();
  await page.getByTestId('machines-open').click();
  await chooseShape(page, 'map');
  await expect.poll(() => page.getByTestId('map-machine').count()).toBe(5);
  const places = async (): Promise<string> =>
    JSON.stringify(await page.getByTestId('map-machine').evaluateAll((all) => all.map((one) => one.getBoundingClientRect())));
  let last = '';
  await expect.poll(async () => last === (last = await places()), { interval: 150 }).toBe(true);
  await page.mouse.move(0, 0);
  await picture(page, 'readme-map');
});
