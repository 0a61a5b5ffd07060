// A household that is played: a laptop, a desktop with a graphics card and a small Mac, their members, and an answer of theirs.
import type { ChatChunk, Placement } from '../../src-shared/chat.ts';
import { defaultPermissions, noMembership } from '../../src-shared/member.ts';
import type { Applicant, MemberView, MembershipView } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { defaultSettings } from '../../src-main/store/settings-store.ts';
import { unknownRow } from '../../src-main/swarm/placement.ts';

export const selfId = '12D3KooWSameSameSameSameSameSameSameSameSameSame';
export const desktopId = '12D3KooWGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpuGpu1';
export const miniId = '12D3KooWMiniMiniMiniMiniMiniMiniMiniMiniMiniMin1';

export const laptopId = '12D3KooWLaptopLaptopLaptopLaptopLaptopLaptopLapt';

export function member(peerId: string, name: string, change: Partial<MemberView> = {}): MemberView {
  return {
    peerId,
    name,
    role: 'member',
    permissions: defaultPermissions,
    self: peerId === selfId,
    connected: false,
    lastSeen: null,
    usedToday: { answers: 0, tokens: 0 },
    ...change,
  };
}

/** The members of laptopView: this machine and the desktop are admins. */
export function household(): MemberView[] {
  return [
    member(selfId, 'thinkpad', { role: 'admin', connected: true }),
    member(desktopId, 'GPU-DESKTOP', { role: 'admin', connected: true, lastSeen: Date.now() }),
    member(miniId, 'mac-mini', { lastSeen: Date.now() - 26 * 60_000, usedToday: { answers: 3, tokens: 1204 } }),
  ];
}

/** The membership of a machine that just made a swarm. */
export function founded(name: string): MembershipView {
  return { ...noMembership, standing: 'admin', epoch: 1, members: [member(selfId, name, { role: 'admin', connected: true })] };
}

export const applicant = (change: Partial<Applicant> = {}): Applicant => ({
  peerId: laptopId,
  name: 'LAPTOP-A',
  words: 'otter-lemon-river',
  since: Date.now(),
  by: 'code',
  ...change,
});

export function done(tokens = 312, model = 'smollm2-135m-instruct'): ChatChunk {
  return { kind: 'done', reason: 'stop', model, figures: { tokens, tokensPerSecond: 41.8, timeToFirstTokenMs: 612 } };
}

export function placed(): ChatChunk {
  const leader = { peerId: desktopId, name: 'GPU-DESKTOP' };
  const placement: Placement = {
    leader,
    model: 'smollm2-135m-instruct',
    local: false,
    reason: 'loaded',
    candidates: [
      {
        ...unknownRow(leader),
        score: 81.3,
        parts: {
          speed: 12.6,
          wait: 18,
          loaded: 14,
          memory: 5.8,
          gpu: 6,
          pressure: 4.9,
          latency: 4.8,
          locality: 3,
          affinity: 7.2,
          owner: 5,
        },
        loaded: true,
        freeSlots: 3,
        waitMs: 0,
        tokensPerSecond: 44.1,
        measured: true,
        latencyMs: 2.4,
        freeMb: 21_400,
      },
      {
        ...unknownRow({ peerId: miniId, name: 'mac-mini' }),
        score: 45.1,
        parts: { speed: 9.1, wait: 9.8, loaded: 0, memory: 3.5, gpu: 6, pressure: 4.2, latency: 4.5, locality: 3, affinity: 0, owner: 5 },
        freeSlots: 0,
        waiting: 1,
        waitMs: 3400,
        tokensPerSecond: 24.5,
        latencyMs: 5.1,
        freeMb: 6100,
        reservedMb: 512,
      },
      { ...unknownRow({ peerId: selfId, name: 'thinkpad' }), excluded: 'not-a-leader' },
    ],
  };
  return { kind: 'placed', placement };
}

/** A laptop without GPU; `key: null` is a first run. */
export function laptopView(change: Partial<SwarmView> = {}): SwarmView {
  return {
    revision: 1,
    self: {
      peerId: selfId,
      name: 'thinkpad',
      version: '0.1.0',
      addresses: [`/ip4/192.168.1.31/tcp/4101/p2p/${selfId}`],
      role: { wanted: 'subordinate', actual: { kind: 'subordinate', leader: { peerId: desktopId, name: 'GPU-DESKTOP' } } },
      hardware: {
        os: 'Debian 12',
        arch: 'x64',
        cpu: { model: 'Intel Core i5-8250U', cores: 4 },
        ram: { totalMb: 7800, freeMb: 3100 },
        gpus: [],
        load: 0.12,
        battery: { percent: 71, charging: false },
      },
      engine: {
        kind: 'embedded',
        version: '3.22.1',
        state: { kind: 'ready' },
        device: {
          kind: 'cpu',
          name: 'CPU (AVX2, 4 threads)',
          why: 'No GPU was found (looked for CUDA, Vulkan and Metal).',
          label: { code: 'cpu', simd: 'AVX2', threads: 4 },
          cause: { code: 'no-gpu' },
        },
        slots: { total: 2, free: 2 },
      },
      models: [{ name: 'smollm2-135m-instruct', sizeBytes: 98_000_000, loaded: false, quantization: 'Q4_1' }],
      identity: 'file',
      ciphers: 'native',
      paused: null,
    },
    key: { fingerprint: '4f-a2-09-1c' },
    membership: { ...noMembership, standing: 'admin', epoch: 1, members: household() },
    peers: [gpuDesktop(), macMini()],
    otherSwarms: 0,
    troubles: [],
    settings: { ...defaultSettings('thinkpad'), colorScheme: 'light' },
    ...change,
  };
}

export function gpuDesktop(): SwarmView['peers'][number] {
  return {
    peerId: desktopId,
    name: 'GPU-DESKTOP',
    state: 'connected',
    addresses: ['/ip4/192.168.1.20/tcp/4101'],
    latencyMs: 2.4,
    lastSeen: Date.now(),
    offer: {
      revision: 7,
      name: 'GPU-DESKTOP',
      version: '0.1.0',
      role: 'leader',
      startedAt: Date.now() - 3.2 * 3_600_000,
      hardware: {
        os: 'Windows 11',
        arch: 'x64',
        cpu: { model: 'AMD Ryzen 9 7950X', cores: 16 },
        ram: { totalMb: 65_536, freeMb: 41_200 },
        gpus: [{ name: 'NVIDIA GeForce RTX 4090', vramMb: 24_564, vramFreeMb: 18_100, unified: false }],
        load: 0.31,
        battery: null,
      },
      leads: {
        models: [
          { name: 'smollm2-135m-instruct', sizeBytes: 98_000_000, loaded: true },
          { name: 'qwen3:8b', sizeBytes: 5_200_000_000, loaded: false },
          { name: 'llama3.3:70b-instruct-q3_K_M', sizeBytes: 34_000_000_000, loaded: false },
        ],
        slots: { total: 4, free: 3 },
        recent: [41, 38, 44, 42, 39, 44],
        waiting: 0,
        maxWaiting: 16,
        engine: {
          kind: 'ollama',
          device: {
            kind: 'gpu',
            name: 'GPU',
            why: 'smollm2-135m-instruct lies in graphics memory as a whole.',
            cause: { code: 'ollama-all', model: 'smollm2-135m-instruct' },
          },
        },
      },
    },
  };
}

export function macMini(): SwarmView['peers'][number] {
  return {
    peerId: miniId,
    name: 'mac-mini',
    state: 'away',
    addresses: ['/ip4/192.168.1.44/tcp/4101'],
    latencyMs: null,
    lastSeen: Date.now() - 26 * 60_000,
    offer: {
      revision: 3,
      name: 'mac-mini',
      version: '0.1.0',
      role: 'leader',
      hardware: {
        os: 'macOS 26',
        arch: 'arm64',
        cpu: { model: 'Apple M2', cores: 8 },
        ram: { totalMb: 16_384, freeMb: null },
        gpus: [{ name: 'Apple M2', vramMb: null, vramFreeMb: null, unified: true }],
        load: null,
        battery: null,
      },
      leads: null,
    },
  };
}
