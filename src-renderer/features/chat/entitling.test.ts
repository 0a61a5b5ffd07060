import { describe, expect, test } from 'vitest';
import { chunks, done, idle, scripted, type Scripted } from './scripted-chat.ts';

/** Answers that end when they are told to, by conversation. */
function held({ answer }: Scripted): Promise<() => void> {
  return new Promise((resolve) =>
    answer(async function* () {
      const hold = Promise.withResolvers<void>();
      resolve(hold.resolve);
      yield { kind: 'text', text: 'So' };
      await hold.promise;
      yield done;
    }),
  );
}
const ask = (scene: Scripted, text: string): Promise<() => void> => {
  const ending = held(scene);
  scene.chat.writeDraft(text);
  scene.chat.send();
  return ending;
};
const titles = ({ chat }: Scripted) => chat.store.getState().summaries?.map(({ title }) => title);
const asked = ({ calls }: Scripted) => calls.flatMap(([name, input]) => (name === 'title' ? [(input as { id: string }).id] : []));

describe('a title from the model', () => {
  test('comes for a conversation that was left while its first answer was written', async () => {
    const scene = scripted();
    scene.title(({ title }) => `About ${title}`);
    const endFirst = await ask(scene, 'one');
    await scene.chat.startNew();
    const endSecond = await ask(scene, 'two');
    endFirst();
    await expect.poll(() => Object.keys(scene.chat.store.getState().runs).length).toBe(1);
    // none beside a question
    expect(asked(scene)).toEqual([]);
    endSecond();
    await expect.poll(() => titles(scene)?.toSorted()).toEqual(['About one', 'About two']);
    await expect.poll(() => scene.chat.store.getState().conversation?.title).toBe('About two');
    expect(asked(scene)).toHaveLength(2);
  });

  test('that gave way to a question is asked for again after it, and not for ever', async () => {
    const scene = scripted();
    let makes = 0;
    let end: (() => void) | undefined;
    scene.title(async ({ title }) => {
      makes += 1;
      if (makes > 1) return 'Named';
      // the person asks in that moment, and the node gives up
      await scene.chat.startNew();
      end = await ask(scene, 'two');
      return title;
    });
    (await ask(scene, 'one'))();
    await expect.poll(() => end).toBeDefined();
    expect(makes).toBe(1);
    end?.();
    await expect.poll(() => titles(scene)).toEqual(['Named', 'Named']);
  });

  test('is asked for after the first answer only, and once where the model has none', async () => {
    const scene = scripted();
    scene.answer(() => chunks([{ kind: 'text', text: 'So' }, done]));
    for (const text of ['one', 'and then?']) {
      scene.chat.writeDraft(text);
      scene.chat.send();
      await idle(scene.chat);
      await expect.poll(() => scene.chat.store.getState().conversation?.messages.at(-1)?.answer?.state).toBe('done');
    }
    await expect.poll(() => asked(scene)).toHaveLength(1);
    expect(titles(scene)).toEqual(['one']);
  });
});
