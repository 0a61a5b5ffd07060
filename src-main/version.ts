// Set by the build from package.json; read from it when running from source.
import { readFileSync } from 'node:fs';

declare const __AXON_VERSION__: string | undefined;

export const version: string =
  typeof __AXON_VERSION__ === 'string'
    ? __AXON_VERSION__
    : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
