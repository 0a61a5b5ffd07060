// While nobody answers the window names the machines to wait for; the node is played.
import { describe, expect, test } from 'vitest';
import type { Pause } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, picture } from './browser.ts';
import { gpuDesktop, laptopId, macMini } from './played-household.ts';
import { alone, answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();
const minutes = 60_000;

/** The desktop leads and takes nothing; the Mac, which leads too, was seen 26 minutes ago; a laptop that only asks is away as well. */
function pausing(paused: Pause): SwarmView {
  const desk = gpuDesktop();
  const mini = macMini();
  if (desk.offer?.leads == null || mini.offer === null) throw new Error('the played machines have offers');
  const asks = { ...mini, peerId: laptopId, name: 'LAPTOP-A', offer: { ...mini.offer, name: 'LAPTOP-A', role: 'subordinate' as const } };
  return { ...alone(), peers: [{ ...desk, offer: { ...desk.offer, leads: { ...desk.offer.leads, paused } } }, mini, asks] };
}

/** What the desktop says of itself is changed back to an answering one. */
const answering = (view: SwarmView): SwarmView => ({
  ...view,
  self: {
    ...view.self,
    role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: { peerId: gpuDesktop().peerId, name: 'GPU-DESKTOP' } } },
  },
  peers: [gpuDesktop()],
});

const plain = (text: string | null): string => (text ?? '').replaceAll(/[\u2068\u2069]/g, '');

describe('nobody answers', () => {
  test.each(['light', 'dark'] as const)('an empty chat names who pauses until when, and who was seen when, %s', async (scheme) => {
    const { page, faults } = await open(pausing({ why: 'owner', until: Date.now() + 40 * minutes }), { scheme, width: 1100, height: 760 });
    const lines = page.getByTestId('absent').locator('li');
    await expect.poll(async () => (await lines.allTextContents()).map(plain)).toHaveLength(2);
    const [first, second] = (await lines.allTextContents()).map(plain);
    expect(first).toMatch(/^GPU-DESKTOP: paused until .*\d/);
    expect(second).toBe('mac-mini: away, last seen 26 minutes ago');
    const empty = await page.getByTestId('chat-empty').textContent();
    expect(empty).toContain('What you write can wait until one is back.');
    // the offer of this computer stays
    await page.getByTestId('answer-here').waitFor();
    expect(await page.getByTestId('swarm-state').textContent()).toContain('nobody answers now');
    await picture(page, `nobody-answers-${scheme}`);
    expect(await amiss(page)).toEqual([]);
    await expectAccessible(page, scheme);
    expect(faults).toEqual([]);
  });

  test('without an end of the pause its reason is told; in a small window too', async () => {
    const { page } = await open(pausing({ why: 'battery' }), { width: 360, height: 560 });
    await page.getByTestId('absent').getByText('paused, on battery').waitFor();
    await picture(page, 'nobody-answers-small');
    expect(await amiss(page)).toEqual([]);
  });

  test('in a chat the banner names them, and goes when one is back', async () => {
    const { page, node } = await open(answering(pausing({ why: 'owner' })));
    await ask(page, 'Why?');
    await answer(page, 'done').waitFor();
    node.change(() => pausing({ why: 'owner' }));
    const banner = page.getByTestId('banner');
    await banner.getByText('mac-mini').waitFor();
    const words = plain(await banner.textContent());
    expect(words).toContain('GPU-DESKTOP: paused by its owner. mac-mini: away, last seen 26 minutes ago. ');
    await picture(page, 'nobody-answers-banner');
    node.change(answering);
    await banner.waitFor({ state: 'detached' });
  });

  test('of a swarm in which nobody ever answered nobody is named', async () => {
    const view = pausing({ why: 'owner' });
    const { page } = await open({ ...view, peers: view.peers.slice(2) });
    await page.getByTestId('chat-empty').getByText('Nobody answers yet').waitFor();
    expect(await page.getByTestId('absent').count()).toBe(0);
  });
});
