import { expect, test } from 'vitest';
import { modelsInUse } from './models-in-use.ts';

test('a model that is used by one of two cannot leave; afterwards it can, and nobody may begin meanwhile', async () => {
  const using = modelsInUse();
  const [one, other] = [using.use('small'), using.use('small')];
  one();
  // a second call of the same one takes nothing from the other
  one();
  await expect(using.leave('small', async () => 1)).rejects.toMatchObject({ code: 'model-in-use' });
  other();
  let during = false;
  expect(
    await using.leave('small', async () => {
      during = using.isLeaving('small');
      await expect(using.leave('small', async () => 2)).rejects.toMatchObject({ code: 'model-in-use' });
      return 3;
    }),
  ).toBe(3);
  expect(during).toBe(true);
  expect(using.isLeaving('small')).toBe(false);
});

test('what fails to leave is there again', async () => {
  const using = modelsInUse();
  await expect(using.leave('small', async () => Promise.reject(new Error('busy disk')))).rejects.toThrow('busy disk');
  expect(using.isLeaving('small')).toBe(false);
});
