import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { lastSave } from './last-save.ts';
import { openWishes } from './wishes.ts';

function scene() {
  const wishes = openWishes();
  const clock = handClock();
  const save = lastSave(wishes, (ms, run) => void clock.after(ms, run));
  return { wishes, clock, save };
}

test('the page is asked, and waited for', async () => {
  const { wishes, save } = scene();
  const heard = wishes.listen(undefined).next();
  let over = false;
  const asked = save.ask().then(() => (over = true));
  expect((await heard).value).toBe('save');
  expect(over).toBe(false);
  save.saved();
  await asked;
  // once more says nothing new
  save.saved();
});

test('a page that does not answer is given up', async () => {
  const { clock, save } = scene();
  const asked = save.ask();
  await clock.run(500);
  await asked;
});
