import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openToNetwork } from './open-to-network.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** What answers as Ollama does, at that address of this machine; 127.0.0.2 stands for one of a network card. */
async function listening(host: string, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end('{"version":"0.12.0"}'));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('one that listens everywhere is reached at the addresses of the network', async () => {
  const address = await listening('0.0.0.0');
  expect(await openToNetwork(address, ['127.0.0.2'])).toEqual([`127.0.0.2:${new URL(address).port}`]);
});

test('one that listens on loopback alone is not, and neither is a program that is no Ollama', async () => {
  expect(await openToNetwork(await listening('127.0.0.1'), ['127.0.0.2'])).toEqual([]);
  expect(await openToNetwork(await listening('0.0.0.0', 404), ['127.0.0.2'])).toEqual([]);
  expect(await openToNetwork(await listening('0.0.0.0'), [])).toEqual([]);
});
