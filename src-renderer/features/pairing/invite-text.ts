import { maxKeyFileBytes } from '../../../src-shared/control.ts';
import { base64 } from './read-key-file.ts';
import { invitePrefix, maxInviteBytes } from '../../../src-shared/member.ts';

/** What a swarm.key begins with, whatever its version. */
const keyHeader = '/key/swarm/psk/';

/** What a person pasted or a file holds, if it is an invite: without line breaks that a mail put in, and without a greeting in front. */
export function inviteIn(text: string): string | null {
  const at = text.indexOf(invitePrefix);
  if (at === -1) return null;
  const rest = text.slice(at);
  // From the beginning, every blank is a line break of a mail; after other words, the first one ends the invite.
  const invite = text.slice(0, at).trim() === '' ? rest.replaceAll(/\s+/g, '') : (rest.split(/\s/, 1)[0] ?? '');
  return invite.slice(0, maxInviteBytes);
}

/** A pasted text as the file it was copied from, if it holds a swarm.key: what stands before the key's first line is a greeting. */
export function keyIn(text: string): { content: string; size: number } | null {
  const at = text.indexOf(keyHeader);
  if (at === -1) return null;
  const bytes = new TextEncoder().encode(text.slice(at));
  return { content: base64(bytes.subarray(0, maxKeyFileBytes)), size: bytes.byteLength };
}

/** The same for a file's head in base64. A file is an invite only when it begins as one. */
export function inviteInFile(content: string): string | null {
  // Latin-1: an invite has no other characters; the three bytes are a byte order mark.
  const text = atob(content).replace(/^\u00ef\u00bb\u00bf/, '');
  return text.trimStart().startsWith(invitePrefix) ? inviteIn(text) : null;
}
