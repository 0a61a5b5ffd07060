// What the swarm costs: the same engine asked directly, and by another process through placement, the encrypted link and admission, turn by turn.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { embeddedEngine } from '../../src-main/engine/embedded/engine.ts';
import { admission } from '../../src-main/jobs/admission.ts';
import type { Chat } from '../../src-shared/chat.ts';
import { fakeOffer } from '../fakes/fake-offer.ts';
import type { Report } from '../report.ts';
import type { FromAsker, ToAsker } from './asker.ts';
import { median, repository } from './figures.ts';
import { benchNetwork, clock, question, silence, timed, type Timed } from './node-parts.ts';

const model = 'smollm2-135m-instruct';
const rounds = 20;
const maxTokens = 96;
const ratioGoal = 0.98;
const addedGoalMs = 5;
const instantAsks = 100;
const instantly = 'at once';

/** A different question each time, of the same length: an engine that still has the prompt would answer the second one sooner. */
const prompt = (turn: number): string =>
  `Story ${String(turn).padStart(4, '0')}: tell me about a lighthouse keeper and the sea, at length.`;

/** Answers at once: what an asker waits for is the way alone. */
const instant: Chat = async function* (request) {
  yield { kind: 'text', text: 'now' };
  yield { kind: 'done', reason: 'stop', model: request.model ?? '', figures: { tokens: 2, tokensPerSecond: 0, timeToFirstTokenMs: 0 } };
};

async function tell(child: ChildProcess, message: ToAsker): Promise<FromAsker> {
  const answered = once(child, 'message') as Promise<[FromAsker]>;
  child.send(message);
  const [answer] = await answered;
  if ('failed' in answer) throw new Error(`the asking side failed: ${answer.failed}`);
  return answer;
}

async function askThrough(child: ChildProcess, content: string): Promise<Timed> {
  const answer = await tell(child, { ask: content, model, maxTokens });
  if (!('timed' in answer)) throw new Error('the asking side told no times');
  return answer.timed;
}

/** Adds the rows of direct against through. */
export async function swarmFigures(report: Report): Promise<void> {
  const engine = embeddedEngine({
    modelDirs: [path.join(repository, '.cache', 'models')],
    childEntry: new URL('../../src-main/engine/embedded/child.ts', import.meta.url),
    clock,
    log: silence,
  });
  const either: Chat = (request, signal) =>
    request.messages[0]?.content === instantly ? instant(request, signal) : engine.chat(request, signal);
  const line = admission({ clock, chat: either, slots: () => 4, changed: () => undefined });
  const network = benchNetwork((request, signal, from) => line.chat(request, signal, from));
  const child = fork(path.join(repository, 'test', 'bench', 'asker.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await engine.start();
    await engine.load(model, AbortSignal.timeout(120_000));
    await network.start();
    await tell(child, {
      dial: network.addresses()[0] ?? '',
      offer: fakeOffer('leader', { models: await engine.models(), slots: { total: 4, free: 4 }, maxWaiting: 16 }),
    });
    const direct: Timed[] = [];
    const through: Timed[] = [];
    const askDirect = (content: string): Promise<Timed> =>
      timed(engine.chat(question(content, model, maxTokens), AbortSignal.timeout(120_000)));
    // the first answers warm both ways up and are not counted
    await askDirect(prompt(0));
    await askThrough(child, prompt(1));
    for (let round = 1; round <= rounds; round += 1) {
      const ways = [
        async () => direct.push(await askDirect(prompt(round * 2))),
        async () => through.push(await askThrough(child, prompt(round * 2 + 1))),
      ];
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) await way();
    }
    addRows(report, direct, through);
    const way: number[] = [];
    for (let turn = 0; turn < instantAsks; turn += 1) way.push((await askThrough(child, instantly)).firstMs);
    const note = `median of ${instantAsks}, an engine that answers at once`;
    report.row({ name: 'first token, the way alone', value: median(way), unit: 'ms', limit: addedGoalMs, note });
  } finally {
    child.kill('SIGKILL');
    await network.stop();
    await engine.stop();
  }
}

/** Each turn asks both ways within seconds, so that a busy machine slows both: what is compared is the two of one turn. */
function addRows(report: Report, direct: readonly Timed[], through: readonly Timed[]): void {
  const speed = (times: readonly Timed[]): number => median(times.map(({ tokensPerSecond }) => tokensPerSecond));
  const first = (times: readonly Timed[]): number => median(times.map(({ firstMs }) => firstMs));
  const pairs = direct.map((one, turn) => ({ one, other: through[turn] ?? one }));
  const ratio = median(pairs.map(({ one, other }) => other.tokensPerSecond / one.tokensPerSecond));
  const added = median(pairs.map(({ one, other }) => other.firstMs - one.firstMs));
  const note = `median of ${rounds} turns, ${model}`;
  report.row({ name: 'tokens/s, straight from the engine', value: speed(direct), unit: 'tokens/s', limit: null, note });
  report.row({ name: 'tokens/s, through the swarm', value: speed(through), unit: 'tokens/s', limit: null, note });
  report.row({ name: 'tokens/s, through to straight', value: ratio, unit: 'x', limit: ratioGoal, direction: 'min', note });
  report.row({ name: 'first token, straight from the engine', value: first(direct), unit: 'ms', limit: null, note });
  report.row({ name: 'first token, through the swarm', value: first(through), unit: 'ms', limit: null, note });
  report.row({ name: 'first token, added by the swarm', value: added, unit: 'ms', limit: addedGoalMs, note });
}
