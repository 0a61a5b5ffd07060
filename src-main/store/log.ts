// pino into a file of this home, five files of 2 MB; secrets and what people write never get in.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Log, LogFields } from '../jobs/ports.ts';

const maxBytes = 2 * 1024 * 1024;
const files = 5;

/** Names of fields that would carry a secret or somebody's words; they are dropped whoever passes them. */
const forbidden = /key$|secret|token$|password|prompt|content|answer|text|seed$/i;
/** Hex or base64 as long as a key, and tokens in addresses. */
const looksSecret = /\b[0-9a-f]{64,}\b|[A-Za-z0-9+/_-]{43,}={0,2}|#token=\S+/gi;
/** A peer id is as long as a key, and public. */
const peerIdShape = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;

/** Blanks whatever looks like a key or a token. */
export function redact(text: string): string {
  return text.replaceAll(looksSecret, (found) => (peerIdShape.test(found.split('/').at(-1) ?? '') ? found : '[redacted]'));
}

export type LogFile = Log & { close(): void };

/** @param also for people who watch the terminal: gets warnings and errors as plain lines */
export function openLog(folder: string, options: { level?: 'debug' | 'info'; also?: (line: string) => void } = {}): LogFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = rotatingFile(join(folder, 'axon.log'));
  const logger = pino({ level: options.level ?? 'info', base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, file);
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      logger[level](clean(fields), redact(message));
      if (level === 'warn' || level === 'error') options.also?.(redact(message));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), close: file.end };
}

function clean(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !forbidden.test(name))
      .map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}

/** Synchronous: what a process said before it died is on disk, and a file is closed when it is renamed (Windows insists). */
function rotatingFile(path: string): { write(line: string): void; end(): void } {
  let file: number | undefined;
  let bytes = 0;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const write = (line: string): void => {
    const length = Buffer.byteLength(line);
    if (file !== undefined && bytes + length > maxBytes) {
      close();
      shift(path);
    }
    if (file === undefined) {
      file = openSync(path, 'a', 0o600);
      bytes = fstatSync(file).size;
    }
    bytes += writeSync(file, line);
  };
  return {
    write(line) {
      try {
        write(line);
      } catch {
        // a full disk must not end the node; the line is lost
      }
    },
    end: close,
  };
}

function shift(path: string): void {
  rmSync(`${path}.${files - 1}`, { force: true });
  for (let n = files - 2; n >= 1; n -= 1) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  if (existsSync(path)) renameSync(path, `${path}.1`);
}
