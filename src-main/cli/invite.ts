// `axon invite` on an admin's machine, `axon join` on the one that comes.
import { open } from 'node:fs/promises';
import { Failure } from '../../src-shared/failure.ts';
import { invitePrefix, maxInviteBytes } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Home } from '../store/home.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { call } from './members.ts';
import { writeNewPrivate } from './private-file.ts';
import { reachOrStart, reachRunning, viewNow, waitForView } from './reach.ts';
import { say } from './words.ts';

/** The node that makes an invite has to be there when it is redeemed: without one that runs there is none. */
export async function invite(home: Home, options: { minutes: number; out?: string; json: boolean }, io: Io): Promise<void> {
  const reached = await reachRunning(home);
  try {
    const { id } = await call(reached, reached.client.invites.create({ minutes: options.minutes }));
    const text = await call(reached, reached.secret({ kind: 'invite', id }));
    const made = (await viewNow(reached)).membership.invites.find((one) => one.id === id);
    const expiresAt = made?.expiresAt ?? Date.now() + options.minutes * 60_000;
    if (options.out !== undefined) await writeNewPrivate(options.out, `${text}\n`);
    if (options.json) return await io.out(jsonLine({ id, expiresAt, ...(options.out === undefined ? { text } : { file: options.out }) }));
    const about = `${say('invite.once', { minutes: options.minutes })}\n`;
    if (options.out === undefined) {
      await io.out(`${text}\n`);
      io.err(about);
    } else await io.out(`${say('invite.written', { path: options.out })}\n${about}`);
  } finally {
    await reached.close();
  }
}

/** How long the issuer of an invite is looked for, ms. The invite is kept, and tried again at the next start. */
const joinMs = 60_000;

export type JoinOptions = { replace: boolean; json: boolean; mdns: boolean };

/** @param given the text, `-` for standard input, or the path of a file */
export async function join(home: Home, given: string, options: JoinOptions, io: Io): Promise<void> {
  const text = given === '-' ? await io.input() : given.startsWith(invitePrefix) ? given : await readInvite(given);
  await joinBy(home, text.trim(), options, io);
}

/** @throws Failure invite-*, key-exists; not-reachable when the issuer is not there in time */
export async function joinBy(home: Home, text: string, options: JoinOptions, io: Io): Promise<void> {
  const reached = await reachOrStart(home, { settings: {}, mdns: options.mdns, door: false }, { waitMs: 5_000, stop: io.stop });
  try {
    await call(reached, reached.client.invites.accept({ text, replace: options.replace }));
    let last: SwarmView | null = null;
    const settled = (view: SwarmView): boolean => {
      last = view;
      return isIn(view) || view.membership.asked.some(({ state }) => state === 'refused') || inviteTrouble(view) !== undefined;
    };
    const view = await waitForView(reached, settled, { waitMs: joinMs, stop: io.stop });
    if (view !== null && isIn(view)) return await io.out(joinedLine(view, options.json));
    const trouble = inviteTrouble(view ?? last);
    if (trouble !== undefined) throw new Failure(trouble.code, trouble.message);
    throw view === null
      ? new Failure('not-reachable', say('join.notThere'))
      : new Failure('invite-bad', 'The machine that made the invite refused it.');
  } finally {
    await reached.close();
  }
}

export function isIn({ membership: { standing } }: SwarmView): boolean {
  return standing === 'member' || standing === 'admin';
}

export function joinedLine(view: SwarmView, json: boolean): string {
  const fingerprint = view.key?.fingerprint ?? '';
  if (json) return jsonLine({ event: 'joined', standing: view.membership.standing, fingerprint, members: view.membership.members.length });
  return `${say('join.joined', { members: view.membership.members.length, fingerprint })}\n`;
}

function inviteTrouble(view: SwarmView | null) {
  return view?.troubles.find(({ code }) => code === 'invite-used' || code === 'invite-expired' || code === 'invite-bad');
}

async function readInvite(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Failure('not-found', `${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  try {
    const buffer = Buffer.alloc(maxInviteBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
