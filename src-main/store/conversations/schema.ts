// The tables of the conversations, and how an older home gets them.
import Database from 'libsql';
import { chmodSync } from 'node:fs';
import { Failure } from '../../../src-shared/failure.ts';

/** Version n is reached from n-1 by running entry n-1; never edit one that was released. */
const migrations: readonly string[] = [
  `CREATE TABLE conversations (
     id TEXT PRIMARY KEY, title TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
     draft TEXT NOT NULL DEFAULT '', model TEXT, parameters TEXT NOT NULL DEFAULT '{}') STRICT;
   CREATE TABLE messages (
     id TEXT PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, place INTEGER NOT NULL,
     role TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL, answer TEXT, UNIQUE (conversation, place)) STRICT;`,
  // Messages become a tree: `n` is the order of making and survives a VACUUM, `changed` grows with every write (the search index follows it),
  // `leaf` is where the active path ends. `store` names this database, so that an index of another one is not mistaken for its own.
  `ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE conversations ADD COLUMN folder TEXT;
   ALTER TABLE conversations ADD COLUMN system TEXT NOT NULL DEFAULT '';
   ALTER TABLE conversations ADD COLUMN leaf TEXT;
   ALTER TABLE conversations ADD COLUMN deleted_at INTEGER;
   CREATE TABLE tree (
     n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
     conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, parent TEXT,
     role TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL, answer TEXT, changed INTEGER NOT NULL DEFAULT 0) STRICT;
   INSERT INTO tree (id, conversation, parent, role, content, created_at, answer)
     SELECT id, conversation, lag(id) OVER (PARTITION BY conversation ORDER BY place), role, content, created_at, answer
     FROM messages ORDER BY conversation, place;
   DROP TABLE messages;
   ALTER TABLE tree RENAME TO messages;
   UPDATE messages SET changed = n;
   CREATE INDEX messages_of ON messages (conversation, n);
   CREATE INDEX messages_changed ON messages (changed);
   CREATE INDEX messages_streaming ON messages (n) WHERE json_extract(answer, '$.state') = 'streaming';
   UPDATE conversations SET leaf = (SELECT id FROM messages WHERE conversation = conversations.id ORDER BY n DESC LIMIT 1);
   CREATE TABLE store (id TEXT NOT NULL) STRICT;
   INSERT INTO store VALUES (lower(hex(randomblob(16))));`,
  `ALTER TABLE conversations ADD COLUMN more TEXT NOT NULL DEFAULT '{}';`,
  // What is put to a message, or with `message` null to the draft. `data` stands last: it may go over many pages, and is not read with the rest.
  `CREATE TABLE attachments (
     n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
     conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, message TEXT REFERENCES messages(id) ON DELETE CASCADE,
     kind TEXT NOT NULL, facts TEXT NOT NULL, data BLOB NOT NULL) STRICT;
   CREATE INDEX attachments_of ON attachments (conversation, n);
   CREATE INDEX attachments_by ON attachments (message);`,
];

/** Opens or makes the file, brings it to the newest version, and closes it again where that fails. @throws Failure too-old */
export function migrated(path: string): Database.Database {
  const db = new Database(path);
  try {
    chmodSync(path, 0o600);
    db.exec('PRAGMA journal_mode = WAL');
    // a commit does not wait for the disk, which may take seconds when it is busy: it survives the end of this process, and a power cut costs
    // the last ones but never the file (sqlite.org/pragma.html#pragma_synchronous)
    db.exec('PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA foreign_keys = ON');
    // what a person deletes is written over, and not only forgotten: files that were attached are whole documents
    db.exec('PRAGMA secure_delete = ON');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > migrations.length) {
      throw new Failure('too-old', 'The conversations of this home were written by a newer Axon.', {
        hint: 'Install the newer version again.',
      });
    }
    for (const [n, sql] of migrations.entries()) {
      if (n < version) continue;
      db.transaction(() => {
        db.exec(sql);
        db.exec(`PRAGMA user_version = ${n + 1}`);
      })();
    }
    // the first commit into a new log waits for the disk whatever is set: now is the better time
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
