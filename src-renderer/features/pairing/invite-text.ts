import { invitePrefix, maxInviteBytes } from '../../../src-shared/member.ts';

/** What a person pasted or a file holds, if it is an invite: without line breaks that a mail put in, and without a greeting in front. */
export function inviteIn(text: string): string | null {
  const at = text.indexOf(invitePrefix);
  if (at === -1) return null;
  const rest = text.slice(at);
  // From the beginning, every blank is a line break of a mail; after other words, the first one ends the invite.
  const invite = text.slice(0, at).trim() === '' ? rest.replaceAll(/\s+/g, '') : (rest.split(/\s/, 1)[0] ?? '');
  return invite.slice(0, maxInviteBytes);
}

/** The same for a file's head in base64. A file is an invite only when it begins as one. */
export function inviteInFile(content: string): string | null {
  // Latin-1: an invite has no other characters; the three bytes are a byte order mark.
  const text = atob(content).replace(/^\u00ef\u00bb\u00bf/, '');
  return text.trimStart().startsWith(invitePrefix) ? inviteIn(text) : null;
}
