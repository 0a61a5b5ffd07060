import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { importPiece } from '../../src-shared/conversation.ts';
import { uploads } from './importing.ts';

function gathered() {
  const whole: string[] = [];
  const upload = uploads((text) => {
    whole.push(text);
    return { conversations: 1, messages: 1, known: 0, pictures: 0, newest: null };
  });
  return { upload, whole };
}

test('pieces of one upload become one text; another upload ends it', () => {
  const { upload, whole } = gathered();
  const [one, two] = [randomUUID(), randomUUID()];
  expect(upload({ text: 'alone', more: false })).toMatchObject({ conversations: 1 });
  expect(upload({ text: 'a', upload: one, more: true })).toBeNull();
  expect(upload({ text: 'b', upload: one, more: false })).toMatchObject({ conversations: 1 });
  expect(upload({ text: 'lost', upload: one, more: true })).toBeNull();
  expect(upload({ text: 'c', upload: two, more: true })).toBeNull();
  upload({ text: 'd', upload: two, more: false });
  upload({ text: 'e', upload: one, more: false });
  expect(whole).toEqual(['alone', 'ab', 'cd', 'e']);
  expect(() => upload({ text: 'x', more: true })).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('what is larger than what can be imported is let go', () => {
  const { upload, whole } = gathered();
  const id = randomUUID();
  const piece = 'x'.repeat(importPiece.characters);
  for (let sent = 0; sent < importPiece.inAll; sent += piece.length) upload({ text: piece, upload: id, more: true });
  expect(() => upload({ text: 'x', upload: id, more: true })).toThrow(expect.objectContaining({ code: 'import-too-large' }));
  upload({ text: 'small', upload: id, more: false });
  expect(whole).toEqual(['small']);
});
