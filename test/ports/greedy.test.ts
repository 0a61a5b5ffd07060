// The swarm adds nothing to an answer and takes nothing from it: a greedy answer over the encrypted link is the engine's own, byte for byte.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultModel, modelDir } from '../../scripts/model.mjs';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import { admission } from '../../src-main/jobs/admission.ts';
import { swarmChat } from '../../src-main/swarm/ask.ts';
import type { Offer } from '../../src-shared/peer.ts';
import { cleanUp, linked, question, sampleOffer, textOf, realClock } from '../swarm/network-fixtures.ts';
import { silentLog, systemClock } from './engine-suite.ts';

const engine = embeddedEngine({
  modelDirs: [modelDir],
  childEntry: new URL('../../src-main/engine/embedded/child.ts', import.meta.url),
  clock: systemClock,
  log: silentLog,
  contextTokens: 1024,
  gpu: false,
});
const { signal } = new AbortController();

beforeAll(async () => {
  await engine.start();
  await engine.load(defaultModel.name, AbortSignal.timeout(60_000));
});
afterAll(async () => {
  await cleanUp();
  await engine.stop();
});

test.each(['What is the capital of France?', 'Zähle bis zehn und schreibe 日本語 oder 🦊.', 'Write three sentences about rain.'])(
  '%s',
  async (text) => {
    const request = question(text, { model: defaultModel.name, parameters: { temperature: 0, maxTokens: 80 } });
    const straight = await textOf(engine.chat(request, signal));

    const gate = admission({ clock: realClock, chat: engine.chat, slots: () => engine.facts().slots.total, changed: () => {} });
    const { leader, asker } = await linked({ serve: gate.chat });
    const offer: Offer = {
      ...sampleOffer(1, 'DESK'),
      role: 'leader',
      leads: {
        models: await engine.models(),
        slots: { total: 4, free: 4 },
        waiting: 0,
        maxWaiting: 16,
        engine: { kind: 'embedded', device: engine.facts().device },
      },
    };
    const chat = swarmChat({
      candidates: () => [{ peerId: leader.network.peerId, name: 'DESK', local: false, connected: true, latencyMs: 1, offer }],
      local: engine.chat,
      remote: (peerId, asked, stop) => asker.network.ask(peerId, asked, stop),
      clock: systemClock,
    });
    const throughSwarm = await textOf(chat(request, signal));

    expect(straight.length).toBeGreaterThan(10);
    expect(Buffer.from(throughSwarm)).toEqual(Buffer.from(straight));
  },
);
