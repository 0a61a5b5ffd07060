// `axon status|peers|role|doctor|window`: what is, as told by the node of this home.
import { isWithheld } from '../../src-shared/engine.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { PeerView } from '../../src-shared/peer.ts';
import type { Role, RoleActual } from '../../src-shared/role.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { freshWindowUrl } from '../api/control-client.ts';
import { readEntry } from '../store/entry-file.ts';
import { createHome } from '../store/home.ts';
import type { Home } from '../store/home.ts';
import { openSnapshotFile } from '../store/snapshot-file.ts';
import { openSettings } from '../store/settings-store.ts';
import { formatted, type Format } from './format.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { pauseLine } from './limits.ts';
import { findRunning, reachOrStart, reachRunning, viewNow, waitForView } from './reach.ts';
import type { Reached } from './reach.ts';
import { snapshotLines, totalLines } from './swarm-status.ts';
import { failureWords, say } from './words.ts';

export type StatusOptions = { json: boolean; cached: boolean; format: Format };

/**
 * For people: this machine, and the swarm with it. `json`: the whole view; `format` json or yaml: the snapshot of the swarm.
 * @throws Failure disconnected when no node runs, or `cached` was asked for and none kept anything
 */
export async function status(home: Home, { json, cached, format }: StatusOptions, io: Io): Promise<void> {
  if (cached) {
    const kept = openSnapshotFile(home.snapshot).read();
    if (kept === null) throw new Failure('disconnected', 'No node of this home kept a snapshot of its swarm yet.');
    return await io.out(await formatted(kept, json ? 'json' : format, () => snapshotLines(kept, Date.now())));
  }
  await withRunning(home, async (reached) => {
    if (json) return await io.out(jsonLine(await viewNow(reached)));
    const snapshot = await reached.client.snapshot({}).catch((error: unknown) => Promise.reject(reached.failure(error)));
    const lines = format === 'text' ? statusLines(await viewNow(reached)) : [];
    await io.out(await formatted(snapshot, format, () => [...lines, ...totalLines(snapshot.totals)]));
  });
}

/** @throws Failure disconnected when no node runs */
export async function peers(home: Home, { json }: { json: boolean }, io: Io): Promise<void> {
  const view = await withRunning(home, viewNow);
  if (json) return await io.out(jsonLine(view.peers));
  const lines = view.peers.length === 0 ? [say('status.noPeers')] : view.peers.map(peerLine);
  if (view.otherSwarms > 0) lines.push(say('status.otherSwarm'));
  await io.out(`${lines.join('\n')}\n`);
}

/** How long a running node may take to show the new role, ms. */
const roleShownMs = 3_000;

/** Shows or sets the role; without a running node the setting is read or written, for its next start. */
export async function showRole(home: Home, wanted: Role | undefined, { json }: { json: boolean }, io: Io): Promise<void> {
  const running = await findRunning(home);
  if (running === null) {
    createHome(home);
    const settings = openSettings(home.settings);
    if (wanted !== undefined) settings.update({ role: wanted });
    const now = settings.get().role;
    return await io.out(json ? jsonLine({ wanted: now, actual: 'off' }) : `${say('role.set', { wanted: say(`role.${now}`) })}\n`);
  }
  try {
    if (wanted !== undefined)
      await running.client.role.set({ role: wanted }).catch((error: unknown) => Promise.reject(running.failure(error)));
    const fits = (view: SwarmView): boolean => wanted === undefined || view.self.role.wanted === wanted;
    const view = await waitForView(running, fits, { waitMs: roleShownMs, stop: io.stop });
    if (view === null) throw new Failure('internal', 'The node did not take the role.');
    const { wanted: now, actual } = view.self.role;
    await io.out(
      json
        ? jsonLine({ wanted: now, actual: actual.kind })
        : `${say('role.now', { wanted: say(`role.${now}`), actual: actualWords(actual) })}\n`,
    );
  } finally {
    await running.close();
  }
}

/** How long an own node gets to find others and to start its engine before it is examined, ms. */
const examineAfterMs = 5_000;

/** @returns whether nothing is broken */
export async function doctor(home: Home, { json, mdns }: { json: boolean; mdns: boolean }, io: Io): Promise<boolean> {
  const reached = await reachOrStart(home, { settings: {}, mdns, door: false }, { waitMs: 0, stop: io.stop });
  try {
    const settled = (view: SwarmView): boolean =>
      view.key === null || (view.self.role.actual.kind !== 'starting' && view.peers.some(({ state }) => state === 'connected'));
    await waitForView(reached, settled, { waitMs: examineAfterMs, stop: io.stop });
    const report = await reached.client.doctor(undefined, { signal: io.stop }).catch((error: unknown) => {
      io.stop.throwIfAborted();
      throw reached.failure(error);
    });
    if (json) await io.out(jsonLine(report));
    else {
      const lines = report.checks.flatMap(({ name, outcome, found, fix }) => [
        `${say(`doctor.${outcome}`).padEnd(9)} ${name}: ${found}`,
        ...(fix === undefined || outcome === 'ok' ? [] : [say('doctor.fix', { fix })]),
      ]);
      await io.out(`${lines.join('\n')}\n`);
    }
    return report.checks.every(({ outcome }) => outcome !== 'fault');
  } finally {
    await reached.close();
  }
}

/** @throws Failure disconnected when no node runs */
export async function windowAddress(home: Home, io: Io): Promise<void> {
  const entry = readEntry(home.entry);
  if (entry === undefined) throw new Failure('disconnected', 'No Axon node runs for this home.');
  await io.out(`${await freshWindowUrl(entry)}\n`);
}

/**
 * @returns false: no app is around the node that runs
 * @throws Failure disconnected when none runs
 */
export async function toggleWindow(home: Home, io: Io): Promise<boolean> {
  return await withRunning(home, async ({ client, failure }) => {
    try {
      await client.window.toggle();
      return true;
    } catch (error) {
      const why = failure(error);
      if (why.code !== 'not-found') throw why;
      io.err(`${say('toggle.noApp')}\n`);
      return false;
    }
  });
}

async function withRunning<T>(home: Home, use: (reached: Reached) => Promise<T>): Promise<T> {
  const reached = await reachRunning(home);
  try {
    return await use(reached);
  } finally {
    await reached.close();
  }
}

export function statusLines(view: SwarmView): string[] {
  const { self } = view;
  const lines = [
    say('status.machine', { name: self.name, peerId: self.peerId ?? '-' }),
    view.key === null ? say('status.noKey') : say('status.key', { fingerprint: view.key.fingerprint }),
    say('status.standing', { standing: say(`members.standing.${view.membership.standing}`) }),
    say('status.role', { role: actualWords(self.role.actual) }),
    ...(self.paused === null ? [] : [say('status.paused', { pause: pauseLine(self.paused) })]),
  ];
  if (self.engine !== null) {
    const { kind, state, device } = self.engine;
    lines.push(say('status.engine', { kind, state: state.kind, device: device.name, why: device.why }));
    const { vulnerable } = self.engine;
    if (vulnerable != null)
      lines.push(
        say(isWithheld(self.engine, view.settings) ? 'status.withheld' : 'status.vulnerable', {
          ...vulnerable,
          cves: vulnerable.cves.join(', ') || '-',
        }),
      );
  }
  lines.push(...self.models.map(({ name }) => say('status.model', { name })));
  lines.push(...self.addresses.map((address) => say('status.address', { address })));
  lines.push(say('status.identity', { kept: self.identity, ciphers: self.ciphers }));
  lines.push(...view.peers.map(peerLine));
  if (view.otherSwarms > 0) lines.push(say('status.otherSwarm'));
  lines.push(...view.troubles.map(({ code }) => say('status.trouble', failureWords(code))));
  return lines;
}

function peerLine({ name, state, offer, latencyMs, peerId }: PeerView): string {
  const models = offer?.leads?.models.map((model) => model.name).join(', ') ?? '-';
  const latency = latencyMs === null ? '-' : `${latencyMs.toFixed(1)} ms`;
  return say('status.peer', { name, state, role: offer === null ? '-' : say(`role.${offer.role}`), models, latency, peerId });
}

function actualWords(actual: RoleActual): string {
  switch (actual.kind) {
    case 'off':
      return say('status.actual.off');
    case 'starting':
      return say('status.actual.starting', { step: actual.step });
    case 'leader':
      return say('status.actual.leader', {
        models: say('status.models', { count: actual.models }),
        running: actual.running,
        waiting: actual.waiting,
      });
    case 'draining':
      return say('status.actual.draining', { running: actual.running });
    case 'subordinate':
      return actual.leader === null ? say('status.actual.subordinate') : say('status.actual.subordinateOf', { name: actual.leader.name });
    case 'troubled':
      return say('status.actual.troubled', { title: failureWords(actual.failure.code).title });
  }
}
