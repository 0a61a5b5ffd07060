import { expect, test } from 'vitest';
import { openWishes } from './wishes.ts';

test('a wish waits for the page; the last one counts', async () => {
  const wishes = openWishes();
  wishes.ask('settings');
  wishes.ask('add-device');
  const heard = wishes.listen(undefined);
  expect((await heard.next()).value).toBe('add-device');
  const later = heard.next();
  wishes.ask('new-chat');
  expect((await later).value).toBe('new-chat');
});

test('a page that was loaded anew is the one that hears, and the old one ends', async () => {
  const wishes = openWishes();
  const old = wishes.listen(undefined).next();
  const fresh = wishes.listen(undefined).next();
  wishes.ask('settings');
  expect((await old).done).toBe(true);
  expect((await fresh).value).toBe('settings');
});

test('ends with its signal, while it waits', async () => {
  const stop = new AbortController();
  const next = openWishes().listen(stop.signal).next();
  stop.abort();
  expect((await next).done).toBe(true);
});
