import { expect, test } from 'vitest';
import { emptyConversation } from '../../src-shared/conversation.ts';
import { unheardTitles } from './unheard-titles.ts';

function scene() {
  const asked: string[] = [];
  const message = { id: 'm', parent: null, role: 'user', content: 'So?', createdAt: 0 } as const;
  const get = (id: string) => ({ ...emptyConversation(id, 'So?', 0), messages: [message, message] });
  const title = async (id: string): Promise<string> => {
    asked.push(id);
    return 'So it is';
  };
  let gaveWay = 0;
  const titles = unheardTitles({ get }, { title, made: async () => undefined, giveWay: () => (gaveWay += 1) });
  return { titles, asked, gaveWay: () => gaveWay };
}

test('what is wanted waits until nobody is answered, and is asked for once', async () => {
  const { titles, asked } = scene();
  titles.want('a');
  titles.want('b');
  titles.look(() => true);
  titles.look(() => false);
  await expect.poll(() => asked).toEqual(['a', 'b']);
  titles.look(() => false);
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(asked).toEqual(['a', 'b']);
});

test('nothing of one swarm is asked for in the next', async () => {
  const { titles, asked, gaveWay } = scene();
  titles.want('a');
  titles.look(() => true);
  titles.forget();
  expect(gaveWay()).toBe(1);
  titles.want('b');
  titles.look(() => false);
  await expect.poll(() => asked).toEqual(['b']);
});
