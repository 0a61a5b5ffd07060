// Where Ollama listens: asked for, or said by the environment, or its default.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { Failure } from '../../../src-shared/failure.ts';

const defaultAddress = 'http://127.0.0.1:11434';

export type AddressOptions = {
  /** --ollama-url or the setting */
  url?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Folder whose .env may name OLLAMA_LOCALHOST, as Axon-Cluster has it. */
  cwd: string;
};

/** The base URL without a trailing slash. Fails with bad-address when what was set is no address. */
export async function ollamaAddress({ url, env, cwd }: AddressOptions): Promise<string> {
  const set = url ?? (env['OLLAMA_HOST'] || undefined) ?? (env['OLLAMA_LOCALHOST'] || undefined) ?? (await fromDotEnv(cwd));
  return set === undefined ? defaultAddress : normalizeAddress(set);
}

/**
 * Takes what people and Ollama itself write: "0.0.0.0", ":8080", "::1", "box.lan:11434", "https://box.lan/ollama", also in quotes.
 * Without a scheme the port is 11434, with one it is the scheme's own, as Ollama has it (envconfig/config.go).
 */
export function normalizeAddress(text: string): string {
  const trimmed = text.trim().replaceAll(/^["'\s]+|["'\s]+$/g, '');
  const explicit = /^https?:\/\//i.test(trimmed);
  const host = isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed.startsWith(':') ? `127.0.0.1${trimmed}` : trimmed;
  const parsed = URL.parse(explicit ? trimmed : `http://${host}`);
  if (parsed === null || host === '') throw new Failure('bad-address', `${trimmed.slice(0, 200)} is no address of an Ollama server.`);
  // A server bound to every interface is reached over loopback.
  if (parsed.hostname === '0.0.0.0' || parsed.hostname === '[::]') parsed.hostname = '127.0.0.1';
  if (parsed.port === '' && !explicit) parsed.port = '11434';
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`.replace(/\/+$/, '');
}

async function fromDotEnv(cwd: string): Promise<string | undefined> {
  const text = await readFile(path.join(cwd, '.env'), 'utf8').catch(() => '');
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?OLLAMA_LOCALHOST\s*=\s*(.*?)\s*$/.exec(line);
    const value = match?.[1]?.replace(/^(["'])(.*)\1$/, '$2');
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
