// The machines as a map and as its twin, the table; the node is played. S3 of the pictures that are looked at.
import type { Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { amiss, chooseShape, expectAccessible, picture } from './browser.ts';
import { desktopId, gpuDesktop, laptopView, member, placed, selfId } from './played-household.ts';
import { playedWindows } from './played-window.ts';

const open = playedWindows();

type Peer = SwarmView['peers'][number];
type Hardware = NonNullable<Peer['offer']>['hardware'];

const idOf = (at: number): string => `12D3KooWMap${String.fromCharCode(97 + at).repeat(38)}`;
const minutes = (count: number): number => Date.now() - count * 60_000;

/** A machine as they stand about in households: `at` tells them apart. */
function machine(at: number, name: string, change: Partial<Peer> = {}, hardware: Partial<Hardware> = {}, leads = false): Peer {
  const desktop = gpuDesktop();
  const { offer } = desktop;
  if (offer === null) throw new Error('the played desktop offers nothing');
  return {
    ...desktop,
    peerId: idOf(at),
    name,
    latencyMs: 1.8 + at * 3.1,
    offerAt: minutes(0),
    offer: {
      ...offer,
      name,
      role: leads ? 'leader' : 'subordinate',
      hardware: { ...offer.hardware, ...hardware },
      leads: leads ? offer.leads : null,
    },
    ...change,
  };
}

const away = (at: number, name: string): Peer =>
  machine(at, name, { state: 'away', latencyMs: null, lastSeen: minutes(26) }, { load: null });
const tooOld = (at: number, name: string): Peer => machine(at, name, { offer: null, offerAt: null, tooOld: true });

/** Eleven others, of all kinds: one away, one too old, one not heard of for a while, one that says nothing of its hardware. */
function crowd(): Peer[] {
  const unified = {
    gpus: [{ name: 'Apple M4 Max', vramMb: null, vramFreeMb: null, unified: true }],
    cpu: { model: 'Apple M4 Max', cores: 14 },
  };
  const unknown = {
    ram: { totalMb: null, freeMb: null },
    cpu: { model: 'unknown', cores: null },
    gpus: [],
    load: null,
    unknown: ['gpus' as const],
  };
  const two = { name: 'NVIDIA GeForce RTX 3090', vramMb: 24_576, vramFreeMb: 11_000, unified: false };
  return [
    gpuDesktop(),
    machine(1, 'studio', {}, unified, true),
    machine(2, 'the-server-with-the-very-long-name.example', {}, { gpus: [two, two] }, true),
    machine(3, 'kitchen', {}, { gpus: [], load: 0.02 }),
    machine(4, 'attic', {}, unknown),
    machine(5, 'office', {}, { gpus: [{ name: 'Intel UHD Graphics 620', vramMb: null, vramFreeMb: null, unified: true }] }),
    machine(6, 'garage', { offerAt: minutes(9) }),
    machine(7, 'bedroom', { latencyMs: 142 }, { load: 0.97 }),
    away(8, 'mac-mini'),
    tooOld(9, 'LAPTOP-B'),
    machine(10, 'nas', { latencyMs: null }, { gpus: [{ name: 'AMD Radeon Pro W7500', vramMb: null, vramFreeMb: null, unified: false }] }),
  ];
}

/** One away and one too old among them, as soon as there are others. */
const swarms: Record<number, () => Peer[]> = { 1: () => [], 3: () => [away(8, 'mac-mini'), tooOld(9, 'LAPTOP-B')], 12: crowd };

function household(peers: Peer[]): SwarmView {
  const view = laptopView({ peers });
  const members = [
    member(selfId, 'thinkpad', { role: 'admin', connected: true }),
    ...peers.map(({ peerId, name, state }) => member(peerId, name, { connected: state === 'connected' })),
  ];
  return { ...view, membership: { ...view.membership, members } };
}

async function show(page: Page, shape: 'map' | 'table'): Promise<void> {
  await page.getByTestId('machines-open').click();
  await chooseShape(page, shape);
  await page.getByTestId(shape === 'map' ? 'machine-map' : 'machine-table').waitFor();
  if (shape === 'map') await settled(page);
}

/** The map fits itself to its place when it knows its size: until two looks in a row are the same. */
async function settled(page: Page): Promise<void> {
  const places = async (): Promise<string> => JSON.stringify(await boxes(page.getByTestId('map-machine')));
  let last = '';
  await expect.poll(async () => last === (last = await places()) && last !== '[]', { interval: 150 }).toBe(true);
}

type Box = { left: number; right: number; top: number; bottom: number };
const boxes = (located: Locator): Promise<Box[]> =>
  located.evaluateAll((elements) =>
    elements.map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { left, right, top, bottom };
    }),
  );
const touching = (list: readonly Box[]): Box[][] =>
  list.flatMap((one, at) =>
    list
      .slice(at + 1)
      .filter((other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
      .map((other) => [one, other]),
  );
/** Of what is drawn on the map, px as they are on the screen. */
const smallestText = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const drawn = [...document.querySelectorAll<HTMLElement>('[data-testid=map-machine], [data-testid=map-latency]')].flatMap((one) => {
      const zoom = one.getBoundingClientRect().width / one.offsetWidth;
      return [one, ...one.querySelectorAll('span:not(.axon-unseen)')].map(
        (part) => zoom * Number.parseFloat(getComputedStyle(part).fontSize),
      );
    });
    return Math.min(...drawn);
  });
const node = (page: Page, name: string): Locator => page.getByTestId('map-machine').filter({ hasText: name });
const row = (page: Page, name: string): Locator => page.getByTestId('machine-row').filter({ hasText: name });

// the size with which the app opens, and a wide window
describe.each([
  [1, 1100, 760],
  [3, 1100, 760],
  [12, 1100, 760],
  [1, 1280, 800],
  [3, 1280, 800],
  [12, 1280, 800],
])('%i machines at %i x %i', (count, width, height) => {
  test('stand apart on the map, whole, in sight and large enough to be read, and nothing is reported amiss', async () => {
    const { page, faults, outside } = await open(household(swarms[count]?.() ?? []), { width, height });
    await show(page, 'map');
    const cards = await boxes(page.getByTestId('map-machine'));
    expect(cards).toHaveLength(count);
    expect(touching([...cards, ...(await boxes(page.getByTestId('map-latency')))])).toEqual([]);
    const [frame] = await boxes(page.getByTestId('machine-map'));
    for (const { left, right, top, bottom } of cards) {
      expect(left >= (frame?.left ?? 0) && right <= (frame?.right ?? 0), 'across').toBe(true);
      expect(top >= (frame?.top ?? 0) && bottom <= (frame?.bottom ?? 0), 'down').toBe(true);
    }
    expect(await smallestText(page)).toBeGreaterThanOrEqual(11);
    // without a scroll: the frame is as high as the window leaves it
    expect(frame?.bottom).toBeLessThanOrEqual(height);
    // strict content policy: no style element, no style attribute in markup; what xyflow sets goes by script
    expect(await page.locator('style').count()).toBe(0);
    expect({ faults, outside }).toEqual({ faults: [], outside: [] });
  });
});

/** What of a card is not in sight: a fact that is longer than its line, or the last of them below its edge. */
const cut = (page: Page): Promise<string[]> =>
  page.getByTestId('map-machine').evaluateAll((cards) =>
    cards.flatMap((card) => {
      const lines = [...card.querySelectorAll('span:not(.axon-unseen)')].filter((line) => line.querySelector('span') === null);
      return [card, ...lines]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
        .filter((one) => getComputedStyle(one).display !== 'inline')
        .map((one) => one.textContent ?? '');
    }),
  );

describe('three machines in the window as it opens', () => {
  test.each(['en', 'de', 'es', 'fr'] as const)('no fact on a card is cut: %s', async (language) => {
    const peers = [gpuDesktop(), machine(1, 'studio', {}, crowd()[1]?.offer?.hardware, true)];
    const view = household(peers);
    const { page, node: played } = await open({ ...view, settings: { ...view.settings, language } }, { width: 1100, height: 760 });
    await show(page, 'map');
    expect(await cut(page)).toEqual([]);
    expect(await smallestText(page)).toBeGreaterThanOrEqual(11);
    await picture(page, `map-three-${language}`);
    const late = { ...gpuDesktop(), offerAt: minutes(9) };
    played.change(({ settings }) => ({ ...household([late, away(8, 'mac-mini')]), settings }));
    await node(page, 'studio').waitFor({ state: 'detached' });
    await settled(page);
    expect(await cut(page)).toEqual([]);
  });
});

/** With a machine chosen, by a click and by the list of the column. */
describe.each([3, 12])('%i machines, and one of them opened', (count) => {
  test.each([1100, 1280])('stay whole in a window of %i, and as large as before', async (width) => {
    const { page } = await open(household(swarms[count]?.() ?? []), { width, height: width === 1100 ? 760 : 800 });
    await show(page, 'map');
    const across = async (): Promise<number[]> =>
      (await boxes(page.getByTestId('map-machine'))).map(({ left, right }) => Math.round(right - left));
    const before = await across();
    const whole = async (): Promise<void> => {
      await page.getByTestId('machine-details').waitFor();
      await settled(page);
      const [frame] = await boxes(page.getByTestId('machine-map'));
      for (const { left, right, top, bottom } of await boxes(page.getByTestId('map-machine'))) {
        expect(left >= (frame?.left ?? 0) && right <= (frame?.right ?? 0), 'across').toBe(true);
        expect(top >= (frame?.top ?? 0) && bottom <= (frame?.bottom ?? 0), 'down').toBe(true);
      }
      expect(await across()).toEqual(before);
    };
    await node(page, 'LAPTOP-B').click();
    await whole();
    await picture(page, `s3-map-details-${count}-${width}`);
    await page.getByTestId('back').click();
    await page.getByTestId('peer-row').filter({ hasText: 'mac-mini' }).click();
    await whole();
  });
});

describe('which shape', () => {
  test('rows for three machines, the map for more, cards in a narrow window; a choice is kept', async () => {
    const few = await open(household(swarms[3]?.() ?? []));
    await few.page.getByTestId('machines-open').click();
    await few.page.getByTestId('machine-table').waitFor();
    expect(await few.page.getByTestId('machine-row').count()).toBe(3);
    const { page } = await open(household(crowd()));
    await page.getByTestId('machines-open').click();
    await page.getByTestId('machine-map').waitFor();
    await chooseShape(page, 'table');
    await page.getByTestId('machine-table').waitFor();
    await page.getByTestId('back').click();
    await page.getByTestId('machines-open').click();
    await page.getByTestId('machine-table').waitFor();
    await page.setViewportSize({ width: 700, height: 800 });
    await page.getByTestId('machine-card').first().waitFor();
    expect(await page.getByTestId('machines-as').count()).toBe(0);
  });

  test('the map’s code comes when the map does', async () => {
    const { page } = await open(household(swarms[3]?.() ?? []));
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByTestId('machines-open').click();
    await page.getByTestId('machine-table').waitFor();
    expect(asked.filter((path) => path.includes('machine-map'))).toEqual([]);
    await chooseShape(page, 'map');
    await page.getByTestId('map-machine').first().waitFor();
    const kinds = asked.filter((path) => path.includes('machine-map')).map((path) => path.split('.').at(-1));
    expect(kinds).toHaveLength(2);
    expect(new Set(kinds)).toEqual(new Set(['css', 'js']));
  });
});

describe('the map', () => {
  test('says what each machine is, and what nobody knows', async () => {
    const { page } = await open(household(crowd()));
    await show(page, 'map');
    const said = async (name: string): Promise<string> => ((await node(page, name).textContent()) ?? '').replaceAll('\u00a0', ' ');
    expect(await said('GPU-DESKTOP')).toContain('RTX 4090 · 18 GB free of 24 GB');
    expect(await said('GPU-DESKTOP')).toContain('16 cores · 40 GB free of 64 GB');
    expect(await said('GPU-DESKTOP')).toContain('31% busy · 1 running');
    expect(await said('GPU-DESKTOP')).toContain('1 loaded, 2 on disk');
    expect(await node(page, 'GPU-DESKTOP').getByRole('img', { name: '44 tok/s, lately 38–44' }).count()).toBe(1);
    expect(await page.getByTestId('sparkline').count()).toBe(3);
    expect(await said('studio')).toContain('Apple M4 Max · shares the memory');
    expect(await said('very-long-name')).toContain('RTX 3090 +1');
    expect(await said('attic')).toContain('GPU unknown');
    expect(await said('attic')).not.toMatch(/\b0\b/);
    expect(await said('nas')).toContain('Radeon Pro W7500 · memory unknown');
    expect(await said('garage')).toContain('as of 9 minutes ago');
    expect(await node(page, 'garage').getAttribute('data-stale')).toBe('true');
    expect(await said('mac-mini')).toContain('away, last seen 26 minutes ago');
    expect(await node(page, 'LAPTOP-B').getByTestId('update-badge').textContent()).toBe('Update LAPTOP-B');
    expect(await said('thinkpad')).toContain('this one');
    expect((await page.getByTestId('map-latency').allTextContents()).map((text) => text.replaceAll('\u00a0', ' '))).toContain('2 ms');
    // of a machine that was not measured, or is away, there is no figure
    expect(await page.getByTestId('map-latency').count()).toBe(9);
  });

  test('by keyboard: Tab to it, arrows between machines, Enter opens one, Escape comes back', async () => {
    const { page } = await open(household(crowd()));
    await show(page, 'map');
    await page.getByTestId('with-model').focus();
    await page.keyboard.press('Tab');
    const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-machine') ?? null);
    expect(await focused()).toBe(selfId);
    await page.keyboard.press('ArrowLeft');
    const left = await focused();
    expect(left).not.toBe(selfId);
    const [from, to] = await Promise.all([selfId, left].map((id) => page.locator(`[data-machine="${id}"]`).boundingBox()));
    expect(to?.x).toBeLessThan(from?.x ?? 0);
    await page.keyboard.press('Enter');
    await page.getByTestId('machine-details').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('machine-details');
    await page.keyboard.press('Escape');
    await page.getByTestId('machine-details').waitFor({ state: 'detached' });
    expect(await focused()).toBe(left);
  });

  test('a question’s way is seen while it is asked and answered, and no longer', async () => {
    const { page, node: played } = await open(household(crowd()));
    let begin: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      begin = resolve;
    });
    played.script(() => [placed(), { until: began }, { kind: 'text', text: 'One word' }, { hold: true }]);
    await page.getByTestId('composer').fill('Which way?');
    await page.getByTestId('composer').press('Enter');
    await page.getByTestId('answer').first().waitFor();
    await show(page, 'map');
    const way = page.getByTestId('map-route');
    await way.waitFor({ state: 'attached' });
    expect(await way.getAttribute('data-writing')).toBeNull();
    expect(await node(page, 'GPU-DESKTOP').textContent()).toContain('is asked');
    begin();
    await expect.poll(() => way.getAttribute('data-writing')).toBe('true');
    expect(await way.getAttribute('data-to')).toBe(desktopId);
    expect(await node(page, 'GPU-DESKTOP').textContent()).toContain('writes your answer');
    // this context asks for less motion: the dots stand still, and the way is seen all the same
    expect(await way.evaluate((path) => getComputedStyle(path).animationIterationCount)).toBe('1');
    expect(await way.evaluate((path) => Number.parseFloat(getComputedStyle(path).strokeWidth))).toBeGreaterThan(2);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await expect.poll(() => way.evaluate((path) => getComputedStyle(path).animationIterationCount)).toBe('infinite');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByTestId('back').click();
    await page.getByTestId('stop').click();
    await page.getByTestId('machines-open').click();
    await page.getByTestId('map-machine').first().waitFor();
    expect(await way.count()).toBe(0);
  });

  test('what a machine opens prefers it, renames it and takes it out; this one is paused there', async () => {
    const { page, node: played } = await open(household(crowd()));
    await show(page, 'map');
    await node(page, 'studio').click();
    const details = page.getByTestId('machine-details');
    await details.getByTestId('prefer').click();
    await expect.poll(() => played.view().settings.preferred).toBe(idOf(1));
    await details.getByRole('button', { name: 'Details of studio' }).click();
    await page.getByTestId('member-name').fill('den');
    await page.getByTestId('member-rename').click();
    await node(page, 'den').waitFor();
    await page.getByTestId('member-out').click();
    await page.getByTestId('member-out-confirm').click();
    await expect.poll(() => played.calls.some(({ name }) => name === 'members.revoke')).toBe(true);
    played.change((view) => ({
      ...view,
      self: { ...view.self, role: { wanted: 'leader', actual: { kind: 'leader', models: 1, running: 0, waiting: 0 } } },
    }));
    await node(page, 'thinkpad').click();
    await page.getByTestId('machine-pause').click();
    await expect.poll(() => played.view().self.paused?.why).toBe('owner');
    await expect.poll(() => page.getByTestId('machine-pause').textContent()).toBe('Answer others again');
    await page.getByTestId('machine-pause').click();
    await expect.poll(() => played.view().self.paused).toBeNull();
  });

  test('which machines have a model is marked, and in the table only they stay', async () => {
    const { page } = await open(household(crowd()));
    await show(page, 'map');
    await page.getByTestId('with-model').click();
    await page.getByRole('option', { name: 'qwen3:8b' }).click();
    await expect.poll(() => page.locator('[data-testid=map-machine][data-has=true]').count()).toBe(3);
    expect(await node(page, 'kitchen').getAttribute('data-has')).toBe('false');
    await chooseShape(page, 'table');
    await expect.poll(() => page.getByTestId('machine-row').count()).toBe(3);
  });

  test('machines that come and go move nobody’s facts, and the map fits again', async () => {
    const { page, node: played } = await open(household(crowd()));
    await show(page, 'map');
    played.change((view) => ({ ...view, peers: view.peers.slice(0, 4) }));
    played.change((view) => ({
      ...view,
      membership: {
        ...view.membership,
        members: view.membership.members.filter(({ peerId }) => view.peers.some((peer) => peer.peerId === peerId) || peerId === selfId),
      },
    }));
    await expect.poll(() => page.getByTestId('map-machine').count()).toBe(5);
    await settled(page);
    expect(touching(await boxes(page.getByTestId('map-machine')))).toEqual([]);
  });
});

describe('the table', () => {
  test('has the facts of the map, and is sorted by any column; what is unknown stands last', async () => {
    const { page } = await open(household(crowd()));
    await show(page, 'table');
    const words = async (name: string): Promise<string> => ((await row(page, name).textContent()) ?? '').replaceAll('\u00a0', ' ');
    expect(await words('GPU-DESKTOP')).toContain('RTX 4090 · 18 GB free of 24 GB');
    expect(await words('GPU-DESKTOP')).toContain('Ryzen 9 7950X · 16 cores');
    expect(await words('GPU-DESKTOP')).toContain('1 running44 tok/s, lately 38–44');
    expect(await words('GPU-DESKTOP')).toContain('0.1.0up 3 hours');
    expect(await words('mac-mini')).not.toContain('up ');
    expect(await words('attic')).toMatch(/unknown.*unknown/);
    expect(await words('attic')).not.toMatch(/\b0 (GB|cores)/);
    expect(await row(page, 'LAPTOP-B').getByTestId('update-badge').count()).toBe(1);
    const names = async (): Promise<string[]> => await page.getByTestId('machine-open').locator('span:nth-child(2)').allTextContents();
    expect((await names())[0]).toBe('thinkpad');
    await page.getByTestId('sort-latency').click();
    expect(await page.locator('th[aria-sort=ascending]').textContent()).toBe('Latency');
    const near = await names();
    expect(near.slice(0, 2)).toEqual(['thinkpad', 'GPU-DESKTOP']);
    expect(near.slice(-2).toSorted()).toEqual(['mac-mini', 'nas']);
    await page.getByTestId('sort-latency').click();
    expect((await names())[0]).toBe('bedroom');
    expect((await names()).slice(-2).toSorted()).toEqual(['mac-mini', 'nas']);
    await page.getByTestId('sort-latency').click();
    expect((await names())[0]).toBe('thinkpad');
  });

  test('a name is not broken at its hyphen for what stands beside it', async () => {
    const view = household([gpuDesktop(), machine(1, 'studio', {}, {}, true)]);
    const name = 'velvet-swan';
    const members = view.membership.members.map((one) => (one.self ? { ...one, name } : one));
    const named = { ...view, self: { ...view.self, name }, membership: { ...view.membership, members } };
    const { page } = await open(named, { width: 1100, height: 760 });
    await show(page, 'table');
    const own = row(page, name).getByTestId('machine-open');
    await own.getByText('this one').waitFor();
    const lines = await own.getByText(name, { exact: true }).evaluate((one) => {
      const text = document.createRange();
      text.selectNodeContents(one);
      return text.getClientRects().length;
    });
    expect(lines).toBe(1);
    expect(await amiss(page)).toEqual([]);
    await picture(page, 'table-hyphen');
  });

  // the sizes with which the app opens, at which rows begin, and of a wide window
  test.each([1100, 1000, 1280])('fits a window of %i, and what a row opens is as wide as the table', async (width) => {
    const { page } = await open(household(crowd()), { width, height: 760 });
    await show(page, 'table');
    await row(page, 'LAPTOP-B').getByTestId('machine-open').click();
    const details = page.getByTestId('machine-details');
    await details.getByTestId('member-more').waitFor();
    expect(await amiss(page)).toEqual([]);
    // what is not in the rows is in what they open
    await row(page, 'GPU-DESKTOP').getByTestId('machine-open').click();
    await details.getByText('0.1.0', { exact: true }).waitFor();
    // and were the table moved aside, as long words do, it stays where it is seen
    await page.getByTestId('machine-table').evaluate((frame) => {
      (frame.firstElementChild as HTMLElement).style.minWidth = '1600px';
      frame.scrollLeft = 300;
    });
    const [[frame], [inner]] = await Promise.all([boxes(page.getByTestId('machine-table')), boxes(details)]);
    expect((inner?.left ?? 0) - (frame?.left ?? 0)).toBeCloseTo(11, 0);
    expect((frame?.right ?? 0) - (inner?.right ?? 0)).toBeCloseTo(11, 0);
  });

  test('a row opens all about its machine, by keyboard too', async () => {
    const { page } = await open(household(swarms[3]?.() ?? []));
    await show(page, 'table');
    await row(page, 'LAPTOP-B').getByTestId('machine-open').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('machine-details').getByTestId('update').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('machine-details').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('LAPTOP-B');
  });
});

describe.each(['light', 'dark'] as const)('axe and pictures (S3), %s', (scheme) => {
  test.each([1, 3, 12])('%i machines', { timeout: 120_000 }, async (count) => {
    const { page, node: played } = await open(household(swarms[count]?.() ?? []), { scheme });
    const look = async (name: string): Promise<void> => {
      await picture(page, `s3-${name}-${count}-${scheme}`);
      await expectAccessible(page, `${name} ${count} ${scheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name).toBe(true);
    };
    if (count === 12) {
      played.script(() => [placed(), { kind: 'text', text: 'One word' }, { hold: true }]);
      await page.getByTestId('composer').fill('Which way?');
      await page.getByTestId('composer').press('Enter');
      await page.getByTestId('answer').first().waitFor();
    }
    await show(page, 'table');
    await look('table');
    await show(page, 'map');
    await look('map');
    await page.setViewportSize({ width: 1100, height: 760 });
    await settled(page);
    await look('map-1100');
    await page.setViewportSize({ width: 1280, height: 800 });
    await settled(page);
    await node(page, count === 1 ? 'thinkpad' : 'LAPTOP-B').click();
    await page.getByTestId('machine-details').waitFor();
    await settled(page);
    await look('map-details');
  });
});
