// What a device knows about its swarm: roster.json, keys.json, invites.json. All are secrets or signed; none is understood here.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { letIn, permissions } from '../../src-shared/member.ts';
import { plainName } from '../../src-shared/name.ts';
import { peerId } from '../../src-shared/peer.ts';
import { readJson, writeAtomic, writeJson } from './atomic-file.ts';

/** The newest good generation of one file, kept in memory. */
export type Kept<T> = {
  get(): T;
  /** Written (0600, never half of it), then visible. */
  set(value: T): void;
  /** Another swarm: empty again. The file is renamed, not destroyed. */
  forget(now: Date): void;
  /** The file could not be read at this start: the generation before, or nothing, is in force; the file lies beside as `.damaged`. */
  readonly damaged: boolean;
};

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);

const statements = z.array(z.object({ body: z.string().max(16_384), signature: z.string().max(200) })).max(8192);

const keys = z.object({
  /** SHA-256 of the swarm key that this device made and has yet to write the first statement for; null: none. */
  founding: hex64.nullable(),
  /** Every key that is still good for something, that of swarm.key included. until: wall clock ms on this device; null: not retired. */
  known: z.array(z.object({ epoch: z.number().int().nonnegative(), key: hex64, until: z.number().nullable() })).max(256),
});

const invites = z.object({
  made: z
    .array(
      z.object({
        id: z.string().max(100),
        /** SHA-256; the token itself is nowhere on this device's disk. */
        tokenHash: hex64,
        createdAt: z.number(),
        expiresAt: z.number(),
        permissions,
        /** Of the swarm key in the text, SHA-256; not in those of before. */
        keyHash: hex64.optional(),
        usedBy: z.object({ peerId, name: z.string().max(1000).transform(plainName) }).nullable(),
      }),
    )
    .max(256),
  /** The one by which this device joins, until it is in. */
  held: z
    .object({
      swarm: hex64,
      issuer: peerId,
      name: z.string().max(1000).transform(plainName).default(''),
      token: z.string().max(200),
      addresses: z.array(z.string().max(300)).max(64),
    })
    .nullable(),
  /** Who let this device in. */
  letIn: letIn.nullable().default(null),
  /** The name in the settings that the roster was brought to last; an admin may have given another one since. null: not yet. */
  named: z.string().max(63).nullable().default(null),
});

export type KeptKeys = z.infer<typeof keys>;
export type KeptInvites = z.infer<typeof invites>;
export type MadeInvite = KeptInvites['made'][number];

export type TrustFiles = {
  roster: Kept<z.infer<typeof statements>>;
  keys: Kept<KeptKeys>;
  invites: Kept<KeptInvites>;
};

/** Opens the three files; what is not there is empty. */
export function openTrustFiles(paths: { roster: string; keys: string; invites: string }): TrustFiles {
  return {
    roster: openKept(paths.roster, statements, []),
    keys: openKept(paths.keys, keys, { founding: null, known: [] }),
    invites: openKept(paths.invites, invites, { made: [], held: null, letIn: null, named: null }),
  };
}

function openKept<T>(path: string, schema: z.ZodType<T>, empty: T): Kept<T> {
  const stored = readJson(path);
  const parsed = schema.safeParse(stored?.value);
  // nothing at all is no damage
  const damaged = stored !== undefined && (stored.damaged || !parsed.success);
  let current = parsed.success ? parsed.data : empty;
  const set = (value: T): void => {
    // a rotation interrupted by a power cut relies on the order of these files and swarm.key
    writeJson(path, schema.parse(value), writeAtomic);
    current = value;
  };
  if (damaged) {
    if (existsSync(path)) renameSync(path, `${path}.damaged`);
    set(current);
  }
  return {
    get: () => current,
    set,
    forget(now) {
      if (existsSync(path)) renameSync(path, `${path}.left-${now.toISOString().replaceAll(/[:.]/g, '-')}`);
      rmSync(`${path}.bak`, { force: true });
      current = empty;
    },
    damaged,
  };
}
