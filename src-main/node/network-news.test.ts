import { expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { networkNews } from './network-news.ts';

const taken = new Failure('port-in-use', 'Another program has the port.').toShape();

test('keeps the last of each kind, and nothing of a network that is gone', () => {
  const news = networkNews();
  expect([news.otherSwarms(), news.listening(), news.trouble('listen')]).toEqual([0, [], undefined]);
  news.hear({ kind: 'other-swarms', count: 2 });
  news.hear({ kind: 'listening', addresses: ['/ip4/10.0.0.2/tcp/4101'] });
  news.hear({ kind: 'trouble', about: 'listen', failure: taken });
  expect([news.otherSwarms(), news.listening(), news.trouble('listen')]).toEqual([2, ['/ip4/10.0.0.2/tcp/4101'], taken]);
  expect(news.trouble('mdns')).toBeUndefined();
  news.hear({ kind: 'trouble', about: 'listen', failure: null });
  expect(news.trouble('listen')).toBeUndefined();
  news.hear({ kind: 'trouble', about: 'mdns', failure: taken });
  news.restart();
  expect([news.otherSwarms(), news.listening(), news.trouble('mdns')]).toEqual([0, [], undefined]);
});
