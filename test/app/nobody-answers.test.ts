// While nobody answers the window names the machines to wait for; the node is played.
import { describe, expect, test } from 'vitest';
import type { Pause } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, expectAccessible, picture } from './browser.ts';
import { desktopId, done, gpuDesktop, laptopId, laptopView, macMini, member, placed, selfId } from './played-household.ts';
import { alone, answer, ask, called, playedWindows } from './played-window.ts';

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

  test('a machine that stops answering others while it writes is named, and the answer is not denied', async () => {
    const { page, node } = await open(answering(pausing({ why: 'owner' })), { width: 1100, height: 760 });
    const written = Promise.withResolvers<void>();
    node.script(() => [placed(), { kind: 'text', text: 'Because ' }, { until: written.promise }, { kind: 'text', text: 'so.' }, done()]);
    await ask(page, 'Why?');
    await page.getByText('Because').waitFor();
    const desk = gpuDesktop();
    if (desk.offer === null) throw new Error('the desktop has an offer');
    const offer = { ...desk.offer, role: 'subordinate' as const, leads: null };
    node.change(() => ({ ...alone(), peers: [{ ...desk, offer, stopped: true }] }));
    const banner = page.getByTestId('banner');
    await banner.getByText('No machine takes another question right now').waitFor();
    expect(plain(await banner.textContent())).toContain('GPU-DESKTOP: stopped answering others. Start Axon');
    await page.getByTestId('composer').fill('And then?');
    await page.getByTestId('composer').press('Enter');
    await page.getByTestId('composer-blocked').getByText('no machine takes another question').waitFor();
    expect(await page.getByRole('main').textContent()).not.toContain('obody answers right now');
    await picture(page, 'stopped-answering');
    expect(await amiss(page)).toEqual([]);
    written.resolve();
    await answer(page, 'done').waitFor();
    await banner.getByText('Nobody answers right now').waitFor();
  });

  test('of a swarm in which nobody ever answered nobody is named', async () => {
    const view = pausing({ why: 'owner' });
    const { page } = await open({ ...view, peers: view.peers.slice(2) });
    await page.getByTestId('chat-empty').getByText('Nobody answers yet').waitFor();
    expect(await page.getByTestId('absent').count()).toBe(0);
  });
});

/** The desktop answers, but its admin does not let this device ask: then its node names nobody whom it would ask. */
function notAllowed(chat = false, change: Partial<SwarmView> = {}): SwarmView {
  const view = laptopView();
  const permissions = { chat, models: false, split: false, execute: false };
  const members = [member(selfId, 'thinkpad', { permissions, connected: true }), member(desktopId, 'GPU-DESKTOP', { role: 'admin' })];
  const leader = chat ? { peerId: desktopId, name: 'GPU-DESKTOP' } : null;
  return {
    ...view,
    self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader } } },
    membership: { ...view.membership, standing: 'member', members },
    ...change,
  };
}

describe('a device that may not ask', () => {
  test.each(['light', 'dark'] as const)('is told so, and by whom that can be changed, %s', async (scheme) => {
    const { page, node, faults } = await open(notAllowed(), { scheme, width: 1100, height: 760 });
    const empty = page.getByTestId('chat-empty');
    await empty.getByRole('heading', { name: 'This device may not ask the others' }).waitFor();
    expect(plain(await empty.textContent())).toContain('GPU-DESKTOP can allow it, under Machines. Or let this computer answer.');
    await page.getByTestId('answer-here').waitFor();
    // another machine would be of no help
    expect(await empty.getByRole('button').allTextContents()).toEqual(['Let this computer answer']);
    expect(await page.getByTestId('role-state').textContent()).toContain('may not ask the others');
    const desk = page.getByTestId('peer-row').filter({ hasText: 'GPU-DESKTOP' });
    await desk.getByText('answers others', { exact: true }).waitFor();
    await page.getByTestId('composer').fill('Why?');
    await page.getByTestId('composer').press('Enter');
    expect(await page.getByTestId('composer-blocked').textContent()).toContain('Not sent: this device may not ask the others.');
    expect([await page.getByTestId('send').isDisabled(), await page.getByTestId('send-later').count()]).toEqual([true, 0]);
    await picture(page, `not-allowed-${scheme}`);
    expect(await amiss(page)).toEqual([]);
    await expectAccessible(page, scheme);
    node.change(() => notAllowed(true));
    await empty.getByText('GPU-DESKTOP answers').waitFor();
    await expect.poll(() => page.getByTestId('send').isDisabled()).toBe(false);
    await desk.getByText('answers', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('in a chat a banner comes with it and goes with it, and nothing is offered that would fail', async () => {
    const { page, node } = await open(notAllowed(true), { width: 360, height: 560 });
    await ask(page, 'Why?');
    await answer(page, 'done').waitFor();
    node.change(() => notAllowed());
    const banner = page.getByTestId('banner');
    await banner.getByText('This device may not ask the others').waitFor();
    expect(plain(await banner.textContent())).toContain('GPU-DESKTOP can allow it');
    await picture(page, 'not-allowed-banner');
    expect(await amiss(page)).toEqual([]);
    node.change(() => notAllowed(true));
    await banner.waitFor({ state: 'detached' });
  });

  test('beneath an answer nothing asks once more, and the picker lists no machine; to read and to edit stays free', async () => {
    const { page, node, faults } = await open(notAllowed(true), { width: 1100, height: 760 });
    await ask(page, 'Why?');
    await answer(page, 'done').waitFor();
    await page.getByTestId('again').waitFor();
    await page.getByTestId('edit-question').click();
    await page.getByTestId('edit-box').fill('Why not?');
    expect(await page.getByTestId('edit-send').isDisabled()).toBe(false);
    node.change(() => notAllowed());
    await page.getByTestId('edit-blocked').getByText('Not sent: this device may not ask the others.').waitFor();
    expect([await page.getByTestId('again').count(), await page.getByTestId('retry-with').count()]).toEqual([0, 0]);
    expect(await page.getByTestId('edit-send').isDisabled()).toBe(true);
    await page.getByTestId('edit-box').press('Enter');
    expect(called(node, 'conversations.send')).toHaveLength(1);
    for (const id of ['copy-answer', 'edit-answer', 'fork']) await page.getByTestId(id).waitFor();
    await page.getByTestId('model-picker').click();
    await page.getByTestId('picker-not-allowed').getByText('This device may not ask the others').waitFor();
    expect(await page.getByTestId('machine-group').count()).toBe(0);
    await picture(page, 'not-allowed-picker');
    await expectAccessible(page, 'light');
    await page.keyboard.press('Escape');
    node.change(() => notAllowed(true));
    await page.getByTestId('again').waitFor();
    await page.getByTestId('edit-send').click();
    await expect.poll(() => called(node, 'conversations.send').length).toBe(2);
    expect(faults).toEqual([]);
  });

  test('that answers for itself is offered itself alone, and told why', async () => {
    const asks = notAllowed();
    const leads = {
      ...asks,
      self: { ...asks.self, role: { wanted: 'leader' as const, actual: { kind: 'leader' as const, models: 1, running: 0, waiting: 0 } } },
    };
    const { page } = await open(leads, { width: 1100, height: 760 });
    await ask(page, 'Why?');
    await answer(page, 'done').waitFor();
    await page.getByTestId('retry-with').click();
    await page.getByRole('menu').getByText('This device may not ask the others').waitFor();
    expect(await page.getByTestId('retry-choice').count()).toBe(1);
    await picture(page, 'not-allowed-retry');
  });

  test('an admin can allow it to this very device', async () => {
    const { membership } = notAllowed();
    const members = membership.members.map((one) => (one.self ? { ...one, role: 'admin' as const } : one));
    const { page } = await open(notAllowed(false, { membership: { ...membership, standing: 'admin', members } }));
    await page.getByTestId('chat-empty').getByText('You are an admin, and can allow it under Machines.').waitFor();
  });
});

test('whose share of today is used up is said by name', async () => {
  const { page, node } = await open(answering(pausing({ why: 'owner' })));
  node.script(() => [placed(), { fail: 'quota-used' }]);
  await ask(page, 'Why?');
  const failure = page.getByTestId('answer-failure');
  await failure.waitFor();
  expect(plain(await failure.textContent())).toContain('GPU-DESKTOP’s owner lets each device use only so many tokens a day.');
});

test('where another program has the port, the bar says which one is used, and only where none is that it is taken', async () => {
  const taken = { code: 'port-in-use' as const, message: 'Port 4101 is in use.' };
  const view = laptopView({ troubles: [taken] });
  const on = (port: number): SwarmView => ({ ...view, self: { ...view.self, addresses: [`/ip4/192.168.1.31/tcp/${port}`] } });
  const { page, node } = await open(on(4102), { width: 1100, height: 760 });
  const banner = page.getByTestId('banner');
  await banner.getByText('Axon uses port 4102').waitFor();
  expect(await banner.textContent()).toContain('Another program has port 4101, so this computer listens on port 4102');
  await expectAccessible(page, 'another port');
  await picture(page, 'port-other');
  node.change((old) => ({ ...old, self: { ...old.self, addresses: [] } }));
  await banner.getByText('The port is taken').waitFor();
});
