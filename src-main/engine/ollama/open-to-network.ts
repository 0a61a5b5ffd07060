// Whether the Ollama of this machine answers the whole network: it asks nobody who they are.
import os from 'node:os';

/** A program on this very machine that does not answer by then listens elsewhere, or is stopped by a firewall, ms. */
const answerMs = 1500;
/** A machine with more has most of them for containers. */
const maxAddresses = 8;

/**
 * The addresses of this machine, host:port, at which others reach it too. Never fails.
 * @param address of an Ollama that answers on this machine, as ollamaAddress() gives it
 * @param own IPv4 addresses of this machine, without loopback
 */
export async function openToNetwork(address: string, own: readonly string[] = ownAddresses()): Promise<string[]> {
  const { protocol, port } = new URL(address);
  const asked = own.slice(0, maxAddresses).map(async (host) => {
    try {
      const response = await fetch(`${protocol}//${host}:${port}/api/version`, {
        signal: AbortSignal.timeout(answerMs),
        redirect: 'error',
      });
      await response.body?.cancel();
      return response.ok ? [`${host}:${port}`] : [];
    } catch {
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

function ownAddresses(): string[] {
  const all = Object.values(os.networkInterfaces()).flatMap((found = []) => found);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}
