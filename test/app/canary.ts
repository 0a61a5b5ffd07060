// Looks for a secret in whatever somebody else might see: as it is, as hex, as base64 at any offset, in the encodings that files and
// environments use.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

export type Canary = { name: string; bytes: Buffer; /** Files of the home whose purpose it is to hold it. */ kept: RegExp | null };

/** How it may be written, each form without what depends on its neighbours. */
export function formsOf(bytes: Buffer): Map<string, Buffer> {
  const forms = new Map<string, Buffer>([
    ['raw', bytes],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
    ['base32', Buffer.from(base32(bytes))],
  ]);
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) {
    forms.set('UTF-16', Buffer.from(text, 'utf16le'));
    forms.set('escaped', Buffer.from(encodeURIComponent(text)));
  }
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    // Three bytes are four characters: the first and the last group are shared with what stands beside.
    const whole = Math.floor(padded.length / 3) * 4;
    const encoded = padded.toString('base64').slice(offset === 0 ? 0 : 4, whole);
    forms.set(`base64 +${offset}`, Buffer.from(encoded));
    forms.set(`base64url +${offset}`, Buffer.from(encoded.replaceAll('+', '-').replaceAll('/', '_')));
  }
  return forms;
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]).join('');
}

/** Where `content` holds the canary, as "name as form". */
export function findIn(content: Buffer, canaries: readonly Canary[]): string[] {
  return canaries.flatMap(({ name, bytes }) =>
    [...formsOf(bytes)].filter(([, form]) => content.includes(form)).map(([form]) => `${name} as ${form}`),
  );
}

export function filesUnderFolder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Every file of the home, by its name and by its content. */
export function findInHome(home: string, canaries: readonly Canary[]): string[] {
  return filesUnderFolder(home).flatMap((file) => {
    const relative = path.relative(home, file);
    const foreign = canaries.filter(({ kept }) => kept === null || !kept.test(relative));
    // A file that went away in the meantime holds nothing.
    const content = statSync(file, { throwIfNoEntry: false }) === undefined ? Buffer.alloc(0) : readFileSync(file);
    return [...findIn(content, foreign), ...findIn(Buffer.from(relative), canaries)].map((found) => `${relative}: ${found}`);
  });
}

/** Command line and environment, as `ps` shows them. Linux. */
export function findInProcesses(pids: readonly number[], canaries: readonly Canary[]): string[] {
  return pids.flatMap((pid) =>
    ['cmdline', 'environ'].flatMap((file) => {
      try {
        return findIn(readFileSync(`/proc/${pid}/${file}`), canaries).map((found) => `${file} of ${pid}: ${found}`);
      } catch {
        return [];
      }
    }),
  );
}
