// Who gets in, who is out, and what this machine gave: the built window in Chromium against a played node.
import type { Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { noMembership } from '../../src-shared/member.ts';
import type { LedgerEntry, MembershipView } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { dropFiles, expectAccessible, openMachineCards, picture, stands } from './browser.ts';
import { applicant, desktopId, household, laptopId, laptopView, member, miniId, selfId } from './played-household.ts';
import { fakeInvite, recoveryWords } from './played-secrets.ts';
import type { FakeNode } from './played-stage.ts';
import { called, firstRun, focused, playedWindows } from './played-window.ts';

const long = process.env['AXON_LONG'] === '1';

const open = playedWindows();

const withMembership = (change: Partial<MembershipView>): SwarmView => {
  const view = laptopView();
  return { ...view, membership: { ...view.membership, ...change } };
};
const pending = (change: Partial<MembershipView> = {}): SwarmView => {
  const view = laptopView({ peers: [], membership: { ...noMembership, standing: 'pending', ...change } });
  return { ...view, self: { ...view.self, role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: null } } } };
};
const aMember = (): SwarmView =>
  withMembership({ standing: 'member', members: household().map((one) => (one.self ? { ...one, role: 'member' as const } : one)) });

/** Without the marks that keep a name from turning the sentence around. */
const plain = (text: string | null): string => (text ?? '').replaceAll(/[\u2068\u2069]/g, '');

/** Tab until the focus is in there; fails when it never comes. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let pressed = 0; pressed < 60; pressed++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab never came to it');
}

/** In the page: a click that was meant for something else lands on Allow in the moment that it appears. */
function clickAllowAtOnce(): void {
  new MutationObserver((_changes, observer) => {
    const allow = document.querySelector<HTMLElement>('[data-testid=allow]');
    if (allow === null) return;
    observer.disconnect();
    allow.click();
    document.body.dataset['clicked'] = 'yes';
  }).observe(document.body, { childList: true, subtree: true });
}

/** The buttons take clicks only once they have been there for a moment. */
async function clickUntilGone(page: Page, answer: 'allow' | 'refuse'): Promise<void> {
  await expect
    .poll(async () => {
      const button = page.getByTestId(answer);
      if ((await button.count()) > 0) await button.click({ timeout: 1000 }).catch(() => undefined);
      return await page.getByTestId('let-in').count();
    })
    .toBe(0);
}

const openAdd = async (page: Page): Promise<void> => {
  await page.getByTestId('machine-add').click();
  await page.getByTestId('code').waitFor();
};

describe('"Add a device"', () => {
  test('holds the pairing while it is open, shows code, time, tries and address, and lets go when closed', async () => {
    const { page, node } = await open();
    await openAdd(page);
    expect(await page.getByTestId('code').textContent()).toBe('K7QM-4XWP');
    expect(await page.getByTestId('time-left').textContent()).toMatch(/^(2:00|1:5\d) left$/);
    expect(await page.getByTestId('tries').textContent()).toBe('3 tries left');
    await page.getByText('192.168.1.31:40123').waitFor();
    expect(await page.getByTestId('add-device').textContent()).not.toContain('127.0.0.1');
    expect(node.holding()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => node.holding()).toBe(0);
    expect(node.view().membership.pairing).toBeNull();
  });

  test.each([
    ['three wrong codes', 'tries', (node: FakeNode) => [1, 2, 3].forEach(() => node.wrongCode())],
    ['two minutes', 'time', (node: FakeNode) => node.expireCode()],
  ] as const)('%s close the code, which is said; a new one is a click away', async (_name, why, end) => {
    const { page, node } = await open();
    await openAdd(page);
    end(node);
    await page.locator(`[data-testid=code-closed][data-why=${why}]`).waitFor();
    expect(await page.getByTestId('code').count()).toBe(0);
    await page.getByTestId('new-code').click();
    await page.getByTestId('code').waitFor();
    expect(await page.getByTestId('tries').textContent()).toBe('3 tries left');
  });

  test('an invite is made on demand, once, and neither it nor the key enters the page', async () => {
    const { page, node, faults } = await open();
    await openAdd(page);
    expect(called(node, 'invites.create')).toEqual([]);
    await page.getByTestId('invite-show').click();
    const picture = page.getByTestId('invite-picture');
    await picture.waitFor();
    await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    await page.getByTestId('invite-copy').click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(fakeInvite);
    const invite = page.waitForEvent('download');
    await page.getByTestId('invite-save').click();
    expect((await invite).suggestedFilename()).toBe('swarm.axon-invite');
    const key = page.waitForEvent('download');
    await page.getByTestId('key-save').click();
    await page.getByTestId('key-export-confirm').click();
    expect((await key).suggestedFilename()).toBe('swarm.key');
    expect(called(node, 'invites.create')).toEqual([{ minutes: 15 }]);
    expect(await page.content()).not.toContain(fakeInvite.slice(12, 40));
    expect(await page.content()).not.toContain('0123456789abcdef');
    await page.getByTestId('invite-cancel').click();
    await picture.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  test('who knocks is asked about right there, with the words; Allow sends the words that were shown', async () => {
    const { page, node } = await open();
    await openAdd(page);
    node.knock(applicant());
    const card = page.getByTestId('add-device').getByTestId('let-in');
    await card.waitFor();
    expect(await card.textContent()).toContain('Let LAPTOP-A in?otter-lemon-river');
    await clickUntilGone(page, 'allow');
    await page.getByTestId('arrived').waitFor();
    expect(plain(await page.getByTestId('arrived').textContent())).toBe('LAPTOP-A is in.');
    expect(called(node, 'members.allow')).toEqual([{ peerId: laptopId, words: 'otter-lemon-river' }]);
    expect(node.view().membership.members.map(({ peerId }) => peerId)).toContain(laptopId);
  });

  test('a member who is no admin is told who is, and may save the key', async () => {
    const { page, node } = await open(aMember());
    await page.getByTestId('machine-add').click();
    await expect
      .poll(async () => plain(await page.getByTestId('add-device').textContent()))
      .toContain('Only an admin lets others in: GPU-DESKTOP.');
    const told = plain(await page.getByTestId('add-device').textContent());
    expect(told).toContain('it is in once an admin presses Allow');
    // a member has nothing to press
    expect(told).not.toContain('you press');
    await picture(page, 'add-device-member');
    expect(await page.getByTestId('invite-show').count()).toBe(0);
    expect(called(node, 'pairing.hold')).toEqual([]);
    const key = page.waitForEvent('download');
    await page.getByTestId('key-save').click();
    await page.getByTestId('key-export-confirm').click();
    expect((await key).suggestedFilename()).toBe('swarm.key');
  });

  test('by keyboard: open, make an invite, close with Esc, and the focus is back', async () => {
    const { page, node } = await open();
    const plus = page.getByTestId('machine-add');
    await plus.waitFor();
    await tabTo(page, plus);
    await page.keyboard.press('Enter');
    await page.getByTestId('code').waitFor();
    await tabTo(page, page.getByTestId('invite-show'));
    await page.keyboard.press('Enter');
    await page.getByTestId('invite-picture').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => node.holding()).toBe(0);
    await expect.poll(() => plus.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe('"Let LAPTOP-A in?"', () => {
  test('asks over any page, is announced once, and takes a no', async () => {
    const { page, node } = await open();
    await page.getByTestId('composer').fill('half a thought');
    await page.evaluate(clickAllowAtOnce);
    node.knock(applicant({ by: 'key' }));
    await page.getByTestId('let-in').waitFor();
    expect(await page.getByTestId('let-in-announcer').textContent()).toBe('LAPTOP-A wants to join. Its words: otter lemon river.');
    // It takes neither the focus nor a click that was under way.
    expect(await page.getByTestId('composer').evaluate((element) => element === document.activeElement)).toBe(true);
    await page.waitForFunction(() => document.body.dataset['clicked'] === 'yes');
    await clickUntilGone(page, 'refuse');
    expect(called(node, 'members.allow')).toEqual([]);
    expect(called(node, 'members.refuse')).toEqual([{ peerId: laptopId }]);
    expect(await page.getByTestId('composer').inputValue()).toBe('half a thought');
  });

  test('by keyboard: Allow', async () => {
    const { page, node } = await open();
    node.knock(applicant());
    await page.getByTestId('let-in').waitFor();
    await tabTo(page, page.getByTestId('allow'));
    await expect
      .poll(async () => {
        await page.keyboard.press('Enter');
        return called(node, 'members.allow').length;
      })
      .toBe(1);
    await page.getByTestId('let-in').waitFor({ state: 'detached' });
  });

  test('a device that names itself to mislead changes neither the sentence nor the page', async () => {
    const { page, node } = await open();
    const name = '\u202eNIMDA <b>x</b> </name> asked twice <name> {{words}} $t(add.title)';
    node.knock(applicant({ name }));
    const bar = page.getByTestId('let-in');
    await bar.waitFor();
    expect(await bar.locator('b').count()).toBe(0);
    // The whole name, as it is, in one piece that cannot turn what stands around it.
    expect(await bar.locator('bdi').allTextContents()).toEqual([name, name]);
    expect(await bar.textContent()).toContain(`Let ${name} in?`);
    expect(await bar.getByTestId('words').textContent()).toBe('otter-lemon-river');
  });

  test('a member who is no admin is not asked', async () => {
    const { page, node } = await open(aMember());
    await page.getByTestId('composer').waitFor();
    node.knock(applicant());
    await expect.poll(() => node.view().membership.applicants.length).toBe(1);
    expect(await page.getByTestId('let-in').count()).toBe(0);
  });
});

describe('getting in', () => {
  test('eight keys: typing moves on and sends by itself, the words are shown, and the chat is there', async () => {
    const { page, node } = await open(firstRun());
    await tabTo(page, page.getByTestId('code-input'));
    await page.keyboard.type('k7qm-4xwp');
    await page.locator('[data-testid=joining][data-kind=words]').waitFor();
    expect(await page.getByTestId('words').textContent()).toBe('otter-lemon-river');
    expect(await page.getByRole('heading').textContent()).toBe('Does GPU-DESKTOP show these words?');
    expect(called(node, 'pairing.join')).toEqual([{ code: 'K7QM4XWP' }]);
    node.welcome();
    await page.getByTestId('composer').waitFor();
    await page.getByText('You are in').waitFor();
  });

  test('a wrong code is said beside the field, which is empty again and has the focus; cancel goes back, and keeps what was typed', async () => {
    const { page } = await open(firstRun());
    await page.getByTestId('code-input').fill('AAAABBBB');
    await expect.poll(() => page.getByTestId('code-error').textContent()).toContain('The code is not right');
    const field = page.getByTestId('code-input');
    expect(await field.inputValue()).toBe('');
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill('NQBDYXXX');
    await page.locator('[data-testid=joining][data-kind=searching]').waitFor();
    await page.getByTestId('join-cancel').click();
    await page.getByTestId('first-run-create').waitFor();
    expect(await field.inputValue()).toBe('NQBDYXXX');
    expect(await page.getByTestId('code-error').textContent()).toBe('');
  });

  test('not found nearby: the code stays, an address can be typed below it, and both are sent again', async () => {
    const { page, node, faults } = await open(firstRun());
    await page.getByTestId('code-input').fill('EXPRD234');
    await expect.poll(() => page.getByTestId('code-error').textContent()).toContain('type its address into the field below');
    const field = page.getByTestId('code-input');
    expect(await field.inputValue()).toBe('EXPRD234');
    await expect.poll(() => focused(page)).toBe('code-address');
    await picture(page, 'code-not-nearby');
    await expectAccessible(page, 'not found nearby');
    await page.keyboard.type('192.168.1.20:40123');
    await page.keyboard.press('Enter');
    // there it is told what that address said
    await expect.poll(() => page.getByTestId('code-error').textContent()).toContain('No machine waits for this code');
    expect(await field.inputValue()).toBe('EXPRD234');
    // the whole code is selected: another one takes its place at once
    await expect.poll(() => focused(page)).toBe('code-input');
    await picture(page, 'code-kept');
    await page.keyboard.type('n');
    expect(await field.inputValue()).toBe('N');
    expect(await page.getByTestId('code-again').isDisabled()).toBe(true);
    await page.keyboard.type('qbdyxxx');
    await page.locator('[data-testid=joining][data-kind=searching]').waitFor();
    await page.getByTestId('join-cancel').click();
    await page.getByTestId('code-again').click();
    await page.locator('[data-testid=joining][data-kind=searching]').waitFor();
    const at = { address: '192.168.1.20:40123' };
    await expect
      .poll(() => called(node, 'pairing.join'))
      .toEqual([{ code: 'EXPRD234' }, { code: 'EXPRD234', ...at }, { code: 'NQBDYXXX', ...at }, { code: 'NQBDYXXX', ...at }]);
    expect(faults).toEqual([]);
  });

  test('a dropped invite joins at once, whatever the file is called', async () => {
    const { page } = await open(firstRun());
    await page.getByTestId('first-run-join').waitFor();
    await dropFiles(page, [{ name: 'note.txt', text: `${fakeInvite}\n` }]);
    await page.getByTestId('composer').waitFor();
    expect(await page.content()).not.toContain(fakeInvite.slice(12, 40));
  });

  test('a pasted invite joins, in its box and on the bare page; a used one is said to be used', async () => {
    const { page, node } = await open(firstRun());
    await page.getByTestId('invite-paste').click();
    await page.getByTestId('invite-text').waitFor();
    const paste = async (text: string): Promise<void> => {
      await page.evaluate((words) => navigator.clipboard.writeText(words), text);
      await page.keyboard.press('ControlOrMeta+v');
    };
    await paste(`Here you are: ${fakeInvite}USED`);
    await page.locator('[data-code=invite-used]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-code=invite-used]').waitFor({ state: 'detached' });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await paste(fakeInvite);
    await page.getByTestId('composer').waitFor();
    expect(called(node, 'invites.accept')).toHaveLength(2);
  });

  test('an invite of another swarm is taken only after a yes', async () => {
    const { page, node } = await open();
    await page.getByTestId('composer').waitFor();
    await dropFiles(page, [{ name: 'x.axon-invite', text: fakeInvite }]);
    await page.getByTestId('key-replace').click();
    await expect.poll(() => node.view().key?.fingerprint).toBe('7b-10-ee-52');
  });
});

describe('waiting to be let in', () => {
  const asked = (change: Partial<MembershipView['asked'][number]> = {}): MembershipView['asked'][number] => ({
    peerId: desktopId,
    name: 'GPU-DESKTOP',
    words: 'otter-lemon-river',
    swarm: '1a2b3c4d'.padEnd(64, '0'),
    state: 'waiting',
    ...change,
  });

  test('shows the own name and the words of each machine that was asked; then it is in', async () => {
    const { page, node } = await open(pending({ asked: [asked(), asked({ peerId: miniId, name: 'mac-mini', words: '' })] }));
    const waiting = page.getByTestId('waiting');
    await waiting.waitFor();
    expect(await waiting.textContent()).toContain('This machine is thinkpad');
    expect(await page.getByTestId('asked').allTextContents()).toEqual([
      'GPU-DESKTOPSwarm 1a2b-3c4dotter-lemon-river',
      'mac-miniSwarm 1a2b-3c4dconnecting…',
    ]);
    expect(await page.getByTestId('two-swarms').count()).toBe(0);
    expect(await page.getByTestId('first-machine').count()).toBe(0);
    node.change((view) => ({ ...view, membership: { ...view.membership, standing: 'member', asked: [], members: household() } }));
    await page.getByTestId('composer').waitFor();
    await page.getByText('You are in').waitFor();
  });

  test('by an invite nobody is told to press anything, and no words are compared', async () => {
    const invited = { peerId: desktopId, name: 'GPU-DESKTOP' };
    const { page, node } = await open(pending({ invited }));
    const waiting = page.getByTestId('waiting');
    await waiting.getByText('Looking for').waitFor();
    node.change((view) => ({ ...view, membership: { ...view.membership, asked: [asked()] } }));
    await page.getByTestId('asked').waitFor();
    const said = (await waiting.textContent()) ?? '';
    expect(said).toContain('Joining by an invite');
    expect(said).not.toMatch(/Allow|otter/);
    expect(await page.getByTestId('first-machine').count()).toBe(0);
  });

  test('where two swarms have the key it says so, and the person chooses one', async () => {
    const thief = asked({
      peerId: miniId,
      name: 'GPU-DESKTOP',
      words: 'zebra-acid-moon',
      swarm: 'ffff0000'.padEnd(64, '0'),
      state: 'offered',
    });
    const { page, node } = await open(pending({ asked: [thief, asked()] }));
    await page.getByTestId('two-swarms').getByText('Two swarms have this key').waitFor();
    const mine = page.getByTestId('asked').filter({ hasText: '1a2b-3c4d' });
    await mine.getByTestId('choose-swarm').click();
    await expect.poll(() => called(node, 'members.choose')).toEqual([{ peerId: desktopId }]);
  });

  test('who let it in is said, with the words, until its person has judged', async () => {
    const letIn = { peerId: desktopId, name: 'GPU-DESKTOP', words: 'otter-lemon-river', swarm: '1a2b3c4d'.padEnd(64, '0'), at: 1 };
    const view = laptopView();
    const { page } = await open({ ...view, membership: { ...view.membership, standing: 'member', letIn, members: household() } });
    const bar = page.getByTestId('let-in-by');
    await bar.waitFor();
    expect(await bar.textContent()).toMatch(/GPU-DESKTOP.*otter-lemon-river.*1a2b-3c4d/s);
    await page.getByTestId('let-in-right').click();
    await bar.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByTestId('composer').waitFor();
    expect(await bar.count()).toBe(0);
  });

  test('where nothing is found an address is typed; an invite that is no longer good is said', async () => {
    const { page, node } = await open({ ...pending(), troubles: [{ code: 'invite-used', message: 'played' }] });
    await page.getByTestId('waiting-trouble').getByText('The invite was used by another device').waitFor();
    await page.getByTestId('waiting-address').click();
    await page.getByTestId('address-input').fill('192.168.1.20:4101');
    await page.keyboard.press('Enter');
    await expect.poll(() => called(node, 'peers.add')).toEqual([{ address: '192.168.1.20:4101' }]);
  });

  test('a no is said', async () => {
    const { page } = await open(pending({ asked: [asked({ state: 'refused' })] }));
    await page.getByText('This machine was not let in').waitFor();
    expect(await page.getByTestId('asked').textContent()).toContain('said no');
  });

  test('only when nobody answers for a while it may be the first machine; by keyboard', async () => {
    const { page, node } = await open(firstRun());
    await page.clock.install();
    node.change(() => pending());
    await page.getByTestId('waiting').waitFor();
    await page.clock.fastForward(12_000);
    await stands(page);
    expect(await page.getByTestId('found').count()).toBe(0);
    await page.clock.fastForward(4000);
    await page.getByTestId('found').waitFor();
    await tabTo(page, page.getByTestId('found'));
    await page.keyboard.press('Enter');
    await page.getByTestId('composer').waitFor();
    expect(called(node, 'members.found')).toHaveLength(1);
  });

  test('an open swarm answers: the chat is there, and the bar says why', async () => {
    const view = laptopView({ membership: { ...noMembership, standing: 'pending' } });
    const { page } = await open(view);
    await page.getByTestId('composer').waitFor();
    await page.getByTestId('open-guest').waitFor();
  });

  test('the words of the recovery code make it admin; wrong ones are said to be wrong', async () => {
    const { page, node } = await open(pending());
    await page.getByTestId('recover').click();
    await page.getByTestId('recover-words').fill('abandon nothing');
    await page.getByTestId('recover-confirm').click();
    await page.getByText('These are not the words of the recovery code').waitFor();
    await page.getByTestId('recover-words').fill(recoveryWords);
    await page.getByTestId('recover-confirm').click();
    await page.getByTestId('composer').waitFor();
    expect(node.view().membership.standing).toBe('admin');
  });

  test('stop waiting asks first', async () => {
    const { page, node } = await open(pending());
    await page.getByTestId('waiting-leave').click();
    expect(node.view().key).not.toBeNull();
    await page.getByTestId('waiting-leave-confirm').click();
    await page.getByTestId('first-run-create').waitFor();
  });
});

describe('removed', () => {
  test('is said, an invite brings back, and one may start over', async () => {
    const { page, node } = await open(withMembership({ standing: 'revoked', members: [], open: false }));
    await page.getByTestId('removed').waitFor();
    await dropFiles(page, [{ name: 'x.axon-invite', text: fakeInvite }]);
    await page.getByTestId('composer').waitFor();
    node.change((view) => ({ ...view, membership: { ...noMembership, standing: 'revoked' } }));
    await page.getByTestId('start-over').click();
    await page.getByTestId('first-run-create').waitFor();
  });
});

const details = (page: Page, name: string): Locator => page.getByRole('button', { name: `Details of ${name}` });

describe('members', () => {
  test('each card says what the machine is; a member never met is there, who knocks and who was removed is not', async () => {
    const view = withMembership({
      members: [...household(), member(laptopId, 'LAPTOP-A')],
      removed: [{ peerId: '12D3KooWThiefThiefThiefThiefThiefThiefThiefThief', name: 'old-phone' }],
    });
    const { page } = await open(view);
    await openMachineCards(page);
    const lines = await page.getByTestId('member-line').allTextContents();
    expect(lines).toEqual(['AdminDetails', 'AdminDetails', 'MemberDetails', 'Member3 answers from this machine todayDetails']);
    expect(await page.getByTestId('removed-list').textContent()).toContain('old-phone');
  });

  test('permissions, name and role are changed by an admin', async () => {
    const { page, node } = await open();
    await openMachineCards(page);
    await details(page, 'mac-mini').click();
    await expect.poll(() => page.getByTestId('used-today').textContent()).toBe('3 answers, 1,204 tokens');
    await page.getByTestId('may-models').click({ force: true });
    await expect.poll(() => node.view().membership.members.find(({ peerId }) => peerId === miniId)?.permissions.models).toBe(true);
    await page.getByTestId('may-default').click();
    await expect.poll(() => node.view().membership.members.find(({ peerId }) => peerId === miniId)?.permissions.models).toBe(false);
    // allowed by the command line: nothing of it is shown, and it can be taken back
    node.change((old) => ({
      ...old,
      membership: {
        ...old.membership,
        members: old.membership.members.map((one) =>
          one.peerId === miniId ? { ...one, permissions: { ...one.permissions, execute: true } } : one,
        ),
      },
    }));
    await page.getByTestId('may-default').click();
    await expect
      .poll(() => node.view().membership.members.find(({ peerId }) => peerId === miniId)?.permissions)
      .toEqual({ chat: true, models: false, split: false, execute: false });
    await picture(page, 'member-may-do');
    await page.getByTestId('member-name').fill('kitchen');
    await page.keyboard.press('Enter');
    await expect.poll(() => called(node, 'members.rename')).toEqual([{ peerId: miniId, name: 'kitchen' }]);
    await page.getByRole('dialog').getByText('kitchen').first().waitFor();
    await page.getByTestId('member-role').click();
    await expect.poll(() => called(node, 'members.setRole')).toEqual([{ peerId: miniId, role: 'admin' }]);
  });

  test('by keyboard: remove says what happens, and needs one more press', async () => {
    const { page, node } = await open();
    await openMachineCards(page);
    await tabTo(page, details(page, 'mac-mini'));
    await page.keyboard.press('Enter');
    const remove = page.getByTestId('member-out');
    await remove.waitFor();
    await tabTo(page, remove);
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('member-out-text').textContent()).toBe(
      'mac-mini is cut off within seconds everywhere, and the swarm gets a new key. The others notice nothing.',
    );
    expect(called(node, 'members.revoke')).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => called(node, 'members.revoke')).toEqual([{ peerId: miniId }]);
    await expect
      .poll(async () => plain(await page.locator('.mantine-Notification-root').first().textContent()))
      .toContain('mac-mini is out');
    await expect.poll(() => page.getByTestId('machine-card').count()).toBe(2);
    await page.getByTestId('removed-list').waitFor();
  });

  test('a plain member sees all and changes nothing but itself; it may leave', async () => {
    const { page, node } = await open(aMember());
    await openMachineCards(page);
    await details(page, 'mac-mini').click();
    await page.getByTestId('used-today').waitFor();
    const switches = page.locator('[data-testid^=may-]');
    // what no machine can do yet has no switch
    expect(await switches.evaluateAll((all) => all.map((one) => one.getAttribute('data-testid')))).toEqual(['may-chat', 'may-models']);
    for (const one of await switches.all()) expect(await one.isDisabled()).toBe(true);
    expect(await page.getByTestId('member-out').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByTestId('used-today').waitFor({ state: 'detached' });
    await details(page, 'thinkpad').click();
    await page.getByTestId('member-out').click();
    await page.getByTestId('member-out-confirm').click();
    await page.getByTestId('first-run-create').waitFor();
    expect(called(node, 'members.leave')).toHaveLength(1);
  });

  test('the only admin of others cannot go, and is told why', async () => {
    const view = withMembership({ members: household().map((one) => (one.self ? one : { ...one, role: 'member' as const })) });
    const { page } = await open(view);
    await openMachineCards(page);
    await details(page, 'thinkpad').click();
    await page.getByText('Somebody has to stay admin').waitFor();
    expect(await page.getByTestId('member-out').count()).toBe(0);
  });
});

const hour = 3_600_000;
const entries = (many: number): LedgerEntry[] =>
  Array.from({ length: many }, (_, at) => ({
    number: at + 1,
    peerId: at % 3 === 0 ? desktopId : miniId,
    name: at % 3 === 0 ? 'GPU-DESKTOP' : 'mac-mini',
    model: at % 4 === 0 ? 'qwen3:8b' : 'smollm2-135m-instruct',
    at: Date.UTC(2026, 10, 21, 9, 30) - (many - at) * hour,
    ms: 900 + ((at * 1377) % 14_000),
    promptTokens: 40 + at,
    tokens: 60 + ((at * 271) % 1900),
    outcome: at % 9 === 4 ? 'stopped' : at % 17 === 5 ? 'failed' : 'done',
  }));

describe('the ledger', () => {
  const openLedger = async (page: Page): Promise<void> => {
    await openMachineCards(page);
    await page.getByTestId('ledger-open').click();
    await page.getByTestId('ledger').waitFor();
  };

  test('newest first, in pages, exported, never what was asked', async () => {
    const { page, node } = await open();
    node.ledger.entries = entries(120);
    await openLedger(page);
    await expect.poll(() => page.getByTestId('ledger-row').count()).toBe(50);
    expect(await page.getByTestId('ledger').textContent()).toContain('Never what was asked.');
    await page.getByText('1–50 of 120').waitFor();
    await page.getByTestId('ledger-older').click();
    await page.getByText('51–100 of 120').waitFor();
    await page.getByTestId('ledger-older').click();
    await page.getByText('101–120 of 120').waitFor();
    expect(await page.getByTestId('ledger-older').isDisabled()).toBe(true);
    await page.getByTestId('ledger-newer').click();
    await page.getByText('51–100 of 120').waitFor();
    expect(called(node, 'ledger').slice(-1)).toEqual([{ limit: 50, before: 71 }]);
    const file = page.waitForEvent('download');
    await page.getByTestId('ledger-save').click();
    expect((await file).suggestedFilename()).toBe('axon-ledger.csv');
    expect(await page.getByTestId('ledger-broken').count()).toBe(0);
    await page.getByTestId('back').click();
    await page.getByTestId('machine-card').first().waitFor();
  });

  test('a title is told from an answer', async () => {
    const { page, node } = await open(laptopView(), { width: 1100, height: 760 });
    node.ledger.entries = entries(6).map((entry) => (entry.number === 6 ? { ...entry, tokens: 5, forTitle: true } : entry));
    await openLedger(page);
    const rows = page.getByTestId('ledger-row');
    await expect.poll(() => rows.count()).toBe(6);
    expect(await rows.first().textContent()).toContain('for a title');
    expect(await rows.nth(1).textContent()).not.toContain('for a title');
    await picture(page, 'ledger-title');
  });

  test('a changed record is said in red; an empty one is empty', async () => {
    const { page, node } = await open();
    await openLedger(page);
    await page.getByText('Nobody yet.').waitFor();
    node.ledger.entries = entries(12);
    node.ledger.brokenAt = 9;
    // Somebody used this machine: the page is read again.
    node.change((view) => ({
      ...view,
      membership: { ...view.membership, members: view.membership.members.map((one) => ({ ...one, usedToday: { answers: 9, tokens: 9 } })) },
    }));
    await page.getByTestId('ledger-broken').waitFor();
    expect(await page.getByTestId('ledger-broken').textContent()).toContain('Entry 9');
    expect(await page.locator('[data-testid=ledger-row][data-broken]').count()).toBe(1);
  });

  test('by keyboard', async () => {
    const { page, node } = await open();
    node.ledger.entries = entries(60);
    await openMachineCards(page);
    await tabTo(page, page.getByTestId('ledger-open'));
    await page.keyboard.press('Enter');
    await page.getByTestId('ledger-row').first().waitFor();
    await tabTo(page, page.getByTestId('ledger-older'));
    await page.keyboard.press('Enter');
    await page.getByText('51–60 of 60').waitFor();
  });
});

describe('open swarms and recovery', () => {
  test('"anyone with the key" is a switch that says what it means, and a bar wherever it is on', async () => {
    const { page, node } = await open();
    expect(await page.getByTestId('open-bar').count()).toBe(0);
    await page.getByTestId('settings-open').click();
    await page.getByText('No Allow, no list').waitFor();
    await page.getByTestId('settings-open-swarm').click({ force: true });
    await expect.poll(() => called(node, 'settings.update')).toEqual([{ open: true }]);
    node.change((view) => ({ ...view, membership: { ...view.membership, open: true } }));
    await page.keyboard.press('Escape');
    await page.getByTestId('open-bar').waitFor();
    await page.getByTestId('open-bar').getByRole('button').click();
    await expect.poll(() => node.view().settings.open).toBe(false);
  });

  test('a lone admin of others is reminded of the recovery code, once', async () => {
    const lone = withMembership({ members: household().map((one) => (one.self ? one : { ...one, role: 'member' as const })) });
    const { page } = await open(lone);
    await page.getByTestId('recovery-reminder').waitFor();
    await page.getByTestId('recovery-later').click();
    await page.getByTestId('recovery-reminder').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByTestId('composer').waitFor();
    expect(await page.getByTestId('recovery-reminder').count()).toBe(0);
    await page.getByTestId('settings-open').click();
    const file = page.waitForEvent('download');
    await page.getByTestId('recovery-save').click();
    expect((await file).suggestedFilename()).toBe('axon-recovery.txt');
    expect(await page.content()).not.toContain(recoveryWords);
  });

  test('two admins, or nobody else: no reminder', async () => {
    const { page } = await open();
    await page.getByTestId('composer').waitFor();
    expect(await page.getByTestId('recovery-reminder').count()).toBe(0);
    const alone = await open(withMembership({ members: [member(selfId, 'thinkpad', { role: 'admin' })] }));
    await alone.page.getByTestId('composer').waitFor();
    expect(await alone.page.getByTestId('recovery-reminder').count()).toBe(0);
  });
});

describe.each(['light', 'dark'] as const)('axe, fit and pictures, %s', (scheme) => {
  const sizes = [
    { width: 900, height: 720 },
    { width: 420, height: 760 },
  ];
  // colours hang on the scheme and what fits on the width: each is seen once, and all four together with AXON_LONG=1
  const some = sizes.filter(({ width }) => long || (scheme === 'light') === (width === 900));
  test.each(some)('$width wide', { timeout: 120_000 }, async (size) => {
    const narrow = size.width < 760;
    const look = async (page: Page, name: string): Promise<void> => {
      await stands(page);
      const suffix = `${scheme === 'light' && !narrow ? '' : `-${scheme}`}${narrow ? '-420' : ''}`;
      await picture(page, `${name}${suffix}`);
      await expectAccessible(page, `${name} ${scheme} ${size.width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name).toBe(true);
    };
    const column = async (page: Page): Promise<void> => {
      if (narrow) await page.getByTestId('column-open').click();
    };

    const first = await open(firstRun(), { ...size, scheme });
    await first.page.getByTestId('code-input').fill('K7Q');
    await look(first.page, 'first-run-trust');
    await first.page.getByTestId('code-input').fill('K7QM4XWP');
    await first.page.locator('[data-kind=words]').waitFor();
    await look(first.page, 'joining');
    await first.page.getByTestId('join-cancel').click();
    await first.page.getByTestId('code-input').fill('EXPRD234');
    await first.page.getByTestId('code-address').waitFor();
    await look(first.page, 'code-failed');
    await first.page.getByTestId('invite-paste').click();
    await first.page.getByTestId('invite-text').waitFor();
    await look(first.page, 'paste-invite');

    const adding = await open(laptopView(), { ...size, scheme });
    await column(adding.page);
    await openAdd(adding.page);
    await look(adding.page, 'add-device');
    await adding.page.getByTestId('invite-show').click();
    await adding.page.getByTestId('invite-picture').waitFor();
    adding.node.knock(applicant());
    await adding.page.getByTestId('let-in').waitFor();
    await look(adding.page, 'add-device-asked');
    for (const _ of [1, 2, 3]) adding.node.wrongCode();
    await adding.page.getByTestId('code-closed').waitFor();
    await look(adding.page, 'add-device-closed');

    const asked = await open(laptopView(), { ...size, scheme });
    await asked.page.getByTestId('composer').waitFor();
    asked.node.knock(applicant({ by: 'key' }));
    asked.node.change((view) => ({ ...view, membership: { ...view.membership, open: true } }));
    await asked.page.getByTestId('let-in').waitFor();
    await look(asked.page, 'let-in');

    const waiting = await open(
      pending({
        asked: [
          { peerId: desktopId, name: 'GPU-DESKTOP', words: 'otter-lemon-river', swarm: '', state: 'waiting' },
          { peerId: miniId, name: 'mac-mini', words: '', swarm: '', state: 'waiting' },
        ],
      }),
      { ...size, scheme },
    );
    await waiting.page.getByTestId('asked').first().waitFor();
    await look(waiting.page, 'waiting');
    waiting.node.change((view) => ({ ...view, membership: { ...view.membership, standing: 'revoked' } }));
    await waiting.page.getByTestId('removed').waitFor();
    await look(waiting.page, 'removed');

    const list = await open(
      withMembership({ removed: [{ peerId: '12D3KooWThiefThiefThiefThiefThiefThiefThiefThief', name: 'old-phone' }] }),
      { ...size, scheme },
    );
    list.node.ledger.entries = entries(64);
    list.node.ledger.brokenAt = 61;
    await column(list.page);
    await openMachineCards(list.page);
    await expect.poll(() => list.page.locator('[role=dialog]').count()).toBe(0);
    await look(list.page, 'machines-members');
    await details(list.page, 'mac-mini').click();
    await list.page.getByTestId('member-out').click();
    await look(list.page, 'members');
    await list.page.keyboard.press('Escape');
    await expect.poll(() => list.page.locator('[role=dialog]').count()).toBe(0);
    await list.page.getByTestId('ledger-open').click();
    await list.page.getByTestId('ledger-row').first().waitFor();
    await look(list.page, 'ledger');
    await column(list.page);
    await list.page.getByTestId('settings-open').click();
    await list.page.getByTestId('recovery').scrollIntoViewIfNeeded();
    await look(list.page, 'settings-trust');

    const found = await open(firstRun(), { ...size, scheme });
    await found.page.clock.install();
    found.node.change((view) => ({ ...pending(), settings: view.settings }));
    await found.page.getByTestId('waiting').waitFor();
    // it takes fifteen seconds to say that nobody is there
    await found.page.clock.fastForward(16_000);
    await found.page.getByTestId('found').waitFor();
    await look(found.page, 'waiting-alone');
    await found.page.getByTestId('found').click();
    await found.page.getByTestId('add-device-open').waitFor();
    await look(found.page, 'first-next');
  });
});
