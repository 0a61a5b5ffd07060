// The same answer for people and for programs.
import { jsonLine } from './io.ts';

export const formats = ['text', 'json', 'yaml'] as const;
export type Format = (typeof formats)[number];

/** @param lines for people; not made for programs */
export async function formatted(value: unknown, format: Format, lines: () => readonly string[]): Promise<string> {
  switch (format) {
    case 'text':
      return `${lines().join('\n')}\n`;
    case 'json':
      return jsonLine(value);
    case 'yaml': {
      // loaded late: few ask for it
      const { stringify } = await import('yaml');
      return stringify(value, { aliasDuplicateObjects: false });
    }
  }
}
