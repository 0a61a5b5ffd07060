// Why this machine finds nobody: gathers what network and hardware say of it.
import { discoveryFindings, type DiscoveryReport, type MulticastHeard } from '../../src-shared/discovery.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import type { Clock } from '../jobs/ports.ts';
import type { NetworkEvent } from '../swarm/ports.ts';

/** Silence means something after this time: the first questions are out after 3 s (mdns/lan-link.ts), answers take one more at most, ms. */
const settleMs = 10_000;

/** What this machine is as a host; constant while it runs. */
export type HostFacts = {
  /** As process.platform and os.release(). */
  platform: string;
  release: string;
  /** false: the person switched the search off. */
  searching: boolean;
  /** null: unknown */
  firewall(): Promise<boolean | null>;
  /** Addresses of this machine at which the Ollama there answers others too; absent: nobody can look. */
  openToNetwork?(ollama: string): Promise<string[]>;
  /** LM Studio and llama-server on this machine, found or not; never fails; absent: nobody can look. */
  servers?(): Promise<FoundServer[]>;
};

export type Finding = {
  hear(event: NetworkEvent): void;
  /** The network began anew. */
  restart(): void;
  report(facts: { machine: HardwareFacts; otherSwarms: number; blocked: boolean; up: boolean }): Promise<DiscoveryReport>;
};

export function finding(clock: Clock, host: HostFacts): Finding {
  let heard: MulticastHeard = 'nothing';
  let since = clock.now();
  return {
    hear(event) {
      if (event.kind !== 'heard') return;
      // another network is another question
      if (event.who === 'nothing') since = clock.now();
      heard = event.who;
    },
    restart() {
      heard = 'nothing';
      since = clock.now();
    },
    async report({ machine, otherSwarms, blocked, up }) {
      const listened = up && clock.now() - since >= settleMs;
      const { platform, release, searching } = host;
      const findings = discoveryFindings({
        platform,
        release,
        searching,
        addresses: machine.addresses ?? null,
        blocked,
        otherSwarms,
        // others are proof at once, silence is not
        heard: up && heard === 'others' ? heard : listened ? heard : null,
        firewall: await host.firewall(),
      });
      return { findings, settled: listened };
    },
  };
}
