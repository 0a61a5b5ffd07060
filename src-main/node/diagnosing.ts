// The report for somebody who helps: what this node is and what it wrote into its log. Built from named facts, never by leaving out:
// what is not listed here does not get in.
import type { DoctorReport } from '../../src-shared/doctor.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { DiagnosticReport, StorageFacts } from '../../src-shared/upkeep.ts';

export type DiagnosedFacts = { view: SwarmView; doctor: DoctorReport; storage: StorageFacts; log: string; at: number };

export function diagnosticReportOf({ view, doctor, storage, log, at }: DiagnosedFacts): DiagnosticReport {
  const hide = hider(view);
  const files = [
    { name: 'node.json', text: json(nodeFacts(view, storage, at)) },
    { name: 'doctor.json', text: hide(json(doctor)) },
    { name: 'log.txt', text: hide(log) },
  ];
  return { files };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function nodeFacts(view: SwarmView, storage: StorageFacts, at: number): object {
  const { self, settings, membership, peers, troubles } = view;
  const { engine, role, seedDiscovery, open, allowVulnerableEngine, limits, yielding, colorScheme, language } = settings;
  return {
    at: new Date(at).toISOString(),
    version: self.version,
    node: process.versions.node,
    electron: process.versions['electron'] ?? null,
    hardware: { os: self.hardware.os, arch: self.hardware.arch, cpu: self.hardware.cpu, ram: self.hardware.ram, gpus: self.hardware.gpus },
    role: { wanted: self.role.wanted, actual: self.role.actual.kind },
    // an address may be that of another machine
    engine: self.engine === null ? null : { ...self.engine, address: undefined },
    models: self.models,
    listening: self.addresses.length,
    identity: self.identity,
    ciphers: self.ciphers,
    standing: membership.standing,
    members: membership.members.length,
    applicants: membership.applicants.length,
    // by number: a machine's name is often a person's
    peers: peers.map(({ state, latencyMs, offer }, index) => ({
      peer: index + 1,
      state,
      latencyMs,
      version: offer?.version ?? null,
      leads: offer?.leads == null ? null : { models: offer.leads.models.length, slots: offer.leads.slots, waiting: offer.leads.waiting },
    })),
    otherSwarms: view.otherSwarms,
    troubles: troubles.map(({ code }) => code),
    settings: { engine, role, seedDiscovery, open, allowVulnerableEngine, limits, yielding, colorScheme, language: language ?? null },
    storage: { conversations: storage.conversations, models: storage.models, logs: storage.logs },
  };
}

/** Takes out the names and ids of machines, addresses, and the folder's owner. */
function hider(view: SwarmView): (text: string) => string {
  const known = [
    ...[view.self.peerId, ...view.peers.map(({ peerId }) => peerId), ...view.membership.members.map(({ peerId }) => peerId)],
    ...[view.self.name, view.settings.name, ...view.peers.map(({ name }) => name), ...view.membership.members.map(({ name }) => name)],
    ...(view.key === null ? [] : [view.key.fingerprint]),
  ].filter((word): word is string => word !== null && word.length > 2);
  // the longest first: a name may be part of another
  const words = [...new Set(known)].toSorted((one, other) => other.length - one.length);
  return (text) =>
    words
      .reduce((shown, word) => shown.replaceAll(word, '[name]'), text)
      .replaceAll(/12D3KooW[1-9A-HJ-NP-Za-km-z]{20,}/g, '[peer]')
      .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (address) =>
        address.startsWith('127.') || address === '0.0.0.0' ? address : '[address]',
      )
      .replaceAll(/\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?:::)?[0-9a-f:]*/gi, '[address]')
      .replaceAll(/(\/home\/|\/Users\/|\\Users\\)[^/\\\s"]+/g, '$1[user]');
}
