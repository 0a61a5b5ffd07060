// Writes an answer through the real store, a few words every few milliseconds, and tells each piece before it hands it over; until it is killed.
import { randomUUID } from 'node:crypto';
import { argv, stdout } from 'node:process';
import { openConversations } from '../../src-main/store/conversations/conversations.ts';

const [, , path = '', id = ''] = argv;
const store = openConversations(path, () => Date.now());
store.create(id, 'killed');
const { writer } = store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: `asked at ${Date.now()}` });
let n = 0;
setInterval(() => {
  n += 1;
  const piece = `${n}@${Math.trunc(performance.timeOrigin + performance.now())} `;
  // a pipe is written at once, so whoever reads it knows at least what the store was given
  stdout.write(piece);
  writer.text(piece);
}, 4);
