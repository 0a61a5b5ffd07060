import { maxKeyFileBytes } from '../../../src-shared/control.ts';
import { invitePrefix } from '../../../src-shared/member.ts';

/** Of a drop that brings more, the rest is no key either. */
const looked = 20;

type Dropped = { name: string; slice: (from: number, to: number) => { text: () => Promise<string> } };

/**
 * Whether a drop brings a key or an invite, and not files for a question. A damaged key counts as one, told by its name or its first line:
 * what is in it is a secret that no model is to read.
 */
export async function bringsKey(files: readonly Dropped[]): Promise<boolean> {
  const found = await Promise.all(files.slice(0, looked).map(isKeyOrInvite));
  return found.includes(true);
}

async function isKeyOrInvite(file: Dropped): Promise<boolean> {
  if (/\.key$/i.test(file.name)) return true;
  // a folder cannot be read
  const start = await file
    .slice(0, maxKeyFileBytes)
    .text()
    .catch(() => '');
  return start.includes('/key/swarm/') || /^\s*[0-9a-f]{60,70}\s*$/i.test(start) || start.trimStart().startsWith(invitePrefix);
}
