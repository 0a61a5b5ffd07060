// What a node keeps over a restart and can do without (how fast leaders were, what it downloads): small, as JSON.
import { readFileSync } from 'node:fs';
import { writeReplacing } from './atomic-file.ts';

/** 512 pairs of leader and model with 64 times each come to half of this. */
const maxBytes = 1024 * 1024;

export type SmallFile = {
  /** undefined: none was kept, or it cannot be read. Whoever asks checks the shape. */
  read(): unknown;
  write(dump: unknown): void;
};

export function openSmallFile(path: string): SmallFile {
  return {
    read() {
      try {
        const text = readFileSync(path, 'utf8');
        return text.length > maxBytes ? undefined : (JSON.parse(text) as unknown);
      } catch {
        return undefined;
      }
    },
    write(dump) {
      const text = `${JSON.stringify(dump)}\n`;
      if (text.length <= maxBytes) writeReplacing(path, text);
    },
  };
}
