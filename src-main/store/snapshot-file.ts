// The last snapshot of the swarm, for whoever asks without a node that runs.
import { readFileSync } from 'node:fs';
import { swarmSnapshot, type SwarmSnapshot } from '../../src-shared/snapshot.ts';
import { writeReplacing } from './atomic-file.ts';

export type SnapshotFile = {
  /** null: none was kept, or it cannot be read; the next one takes its place. */
  read(): SwarmSnapshot | null;
  write(snapshot: SwarmSnapshot): void;
};

export function openSnapshotFile(path: string): SnapshotFile {
  return {
    read() {
      try {
        return swarmSnapshot.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch {
        return null;
      }
    },
    write: (snapshot) => writeReplacing(path, `${JSON.stringify(snapshot)}\n`),
  };
}
