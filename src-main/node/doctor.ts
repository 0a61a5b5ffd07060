// `axon doctor`: reads the view and says cause and fix. English: it speaks on the command line.
import type { DiscoveryReport } from '../../src-shared/discovery.ts';
import type { DoctorCheck, DoctorReport } from '../../src-shared/doctor.ts';
import { isWithheld, serverProgramNames, type EngineFacts, type Vulnerability } from '../../src-shared/engine.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { FailureShape } from '../../src-shared/failure.ts';
import { english } from '../../src-shared/i18n/index.ts';
import { leadsNow } from '../../src-shared/peer.ts';

export type DoctorFacts = {
  view: SwarmView;
  discovery: DiscoveryReport;
  listen: FailureShape | null;
  mdns: FailureShape | null;
  /** false: the person switched the search off. */
  searching: boolean;
  /** Models that the engine could run, also when it is not started. */
  models: number | FailureShape;
  /** Of the engine that would be started, after it was asked for its models. */
  engine: EngineFacts;
  /** Addresses of this machine at which its Ollama answers the whole network; null: no Ollama is here, or nobody could look. */
  ollamaAt: readonly string[] | null;
  /** LM Studio and llama-server on this machine, found or not. */
  servers: readonly FoundServer[];
  /** Wall clock ms */
  now: number;
};

/** Ahead by more than that is no slip of a clock: five minutes, as Kerberos allows (RFC 4120, section 9). */
const clockSlackMs = 5 * 60_000;
/** Before the first version of Axon was there, 2026-11-01: such a clock was never set. */
const firstDay = Date.UTC(2026, 10, 1);

export function examine(facts: DoctorFacts): DoctorReport {
  const always = [key, port, mdns, engine, model, peers, identity, ciphers, clock].map((look) => look(facts));
  const here = facts.servers.filter(({ state }) => state !== 'absent');
  return {
    checks: [...always, ...(facts.ollamaAt === null ? [] : [ollama(facts.ollamaAt)]), ...(here.length === 0 ? [] : [servers(here)])],
  };
}

/** A node's offers count on from the wall clock of its start: a number beyond our own time tells of two clocks that differ. */
function clock({ view, now }: DoctorFacts): DoctorCheck {
  if (now < firstDay)
    return {
      name: 'clock',
      code: 'clock-past',
      outcome: 'fault',
      found: `The clock of this machine says ${new Date(now).toISOString().slice(0, 10)}.`,
      fix: 'Let the system set the time from the internet.',
    };
  if (!view.peers.some(({ state, offer }) => state === 'connected' && offer !== null))
    return { name: 'clock', code: 'clock-alone', outcome: 'ok', found: 'No other machine is here to compare it with.' };
  const ahead = view.peers.flatMap(({ name, state, offer }) => {
    const by = (offer?.revision ?? 0) - now;
    return state === 'connected' && by > clockSlackMs ? [{ name, minutes: Math.floor(by / 60_000) }] : [];
  });
  if (ahead.length === 0)
    return { name: 'clock', code: 'clock-well', outcome: 'ok', found: 'No other clock is known to be ahead of this one.' };
  const names = ahead.map(({ name }) => name).join(', ');
  const minutes = Math.max(...ahead.map((peer) => peer.minutes));
  return {
    name: 'clock',
    code: 'clock-ahead',
    values: { names, minutes },
    outcome: 'warning',
    found: `The clock of ${names} is at least ${minutes} minutes ahead of this one.`,
    fix: 'Let the system set the time from the internet, here and there: invites end by the clock.',
  };
}

function ollama(at: readonly string[]): DoctorCheck {
  if (at.length === 0) return { name: 'ollama', code: 'ollama-private', outcome: 'ok', found: 'Ollama answers this machine only.' };
  const addresses = at.join(', ');
  return {
    name: 'ollama',
    code: 'ollama-open',
    values: { addresses },
    outcome: 'warning',
    found: `Ollama answers everyone on the network, at ${addresses}, without asking who it is.`,
    fix: 'Start Ollama without OLLAMA_HOST, or with OLLAMA_HOST=127.0.0.1. Axon reaches it all the same.',
  };
}

const serverStates: Readonly<Record<FoundServer['state'], string>> = {
  there: 'there',
  loading: 'loading its model',
  locked: 'it wants a key: set its address and its key in the settings, or use --openai-url with AXON_OPENAI_KEY',
  absent: 'not there',
};

/** @param here at least one */
function servers(here: readonly FoundServer[]): DoctorCheck {
  const names = here.map(({ program, address }) => `${serverProgramNames[program]} (${new URL(address).host})`).join(', ');
  const told = here.map(({ program, version, address, state, models }) => {
    const found = state === 'there' ? `${models.length} model(s)` : serverStates[state];
    return `${serverProgramNames[program]}${version === undefined ? '' : ` ${version}`} at ${address}: ${found}`;
  });
  return {
    name: 'servers',
    code: 'servers-there',
    values: { names },
    outcome: 'ok',
    found: `${told.join('; ')}. Use one with \`axon serve --engine openai\`, or choose it in the settings.`,
  };
}

function key({ view }: DoctorFacts): DoctorCheck {
  if (view.key === null)
    return {
      name: 'key',
      code: 'key-none',
      outcome: 'fault',
      found: 'There is no swarm.key.',
      fix: 'Make one with `axon key new`, or take one over with `axon key import FILE`.',
    };
  const { fingerprint } = view.key;
  return {
    name: 'key',
    code: 'key-there',
    values: { fingerprint },
    outcome: 'ok',
    found: `swarm.key is there, fingerprint ${fingerprint}.`,
  };
}

function port({ view, listen }: DoctorFacts): DoctorCheck {
  const port = /\/tcp\/(\d+)/.exec(view.self.addresses.join(' '))?.[1] ?? '?';
  if (listen !== null && view.self.addresses.length > 0)
    return {
      name: 'port',
      code: 'port-other',
      values: { wanted: view.settings.swarmPort, port },
      outcome: 'warning',
      found: `Another program has port ${view.settings.swarmPort}: listening on ${port} instead, at ${view.self.addresses.join(', ')}.`,
      fix: `Where the address of this machine was typed in, it has to end in ${port} now. Or end the other program and start Axon again.`,
    };
  if (listen !== null)
    return {
      name: 'port',
      code: 'port-taken',
      failure: listen.code,
      outcome: 'fault',
      found: listen.message,
      fix: listen.hint ?? 'Choose another swarm port in the settings, or end the program that has it.',
    };
  if (view.self.addresses.length === 0)
    return {
      name: 'port',
      code: 'port-closed',
      outcome: 'fault',
      found: 'The node does not listen.',
      fix: view.key === null ? 'It listens as soon as there is a key.' : 'Look into the log for the reason.',
    };
  return {
    name: 'port',
    code: 'port-open',
    values: { port },
    outcome: 'ok',
    found: `Listening on ${view.self.addresses.join(', ')}. Whether a firewall lets others in shows once one comes.`,
  };
}

function mdns({ view, discovery, mdns: trouble, searching }: DoctorFacts): DoctorCheck {
  if (!searching)
    return {
      name: 'mdns',
      code: 'search-off',
      outcome: 'warning',
      found: 'Not searching: Axon was started with --no-mdns.',
      fix: 'Start it without that, or add the other machine by its address.',
    };
  // without a network the search goes on, but to nobody
  if (discovery.findings.some(({ cause, certainty }) => cause === 'no-network' && certainty === 'seen'))
    return {
      name: 'mdns',
      code: 'search-nowhere',
      outcome: 'warning',
      found: 'This machine is on no network: there is nothing to search.',
      fix: 'Connect it to the network of the other machines, by Wi-Fi or cable.',
    };
  if (trouble !== null)
    return {
      name: 'mdns',
      code: 'search-blocked',
      failure: trouble.code,
      outcome: 'warning',
      found: trouble.message,
      fix: trouble.hint ?? 'Add the other machine by its address; allow UDP port 5353 in the firewall.',
    };
  const near = view.otherSwarms > 0 ? ` ${view.otherSwarms} node(s) of another swarm (other key) are near.` : '';
  return {
    name: 'mdns',
    code: view.key === null ? 'search-idle' : 'search-on',
    outcome: view.key === null ? 'warning' : 'ok',
    found: view.key === null ? 'Not searching without a key.' : `Searching the local network.${near}`,
  };
}

function engine({ view, engine: idle }: DoctorFacts): DoctorCheck {
  const facts = view.self.engine;
  if (facts === null) return idleEngine(view, idle);
  if (facts.state.kind === 'failed')
    return {
      name: 'engine',
      code: 'engine-failed',
      failure: facts.state.failure.code,
      outcome: 'fault',
      found: facts.state.failure.message,
      fix: facts.state.failure.hint ?? 'Look into the log; choose another engine in the settings.',
    };
  const { vulnerable } = facts;
  if (vulnerable != null) return holed(vulnerable, view, isWithheld(facts, view.settings) ? 'fault' : 'warning');
  const version = facts.version === undefined ? '' : ` ${facts.version}`;
  const where = facts.remote === true ? ' on another machine' : '';
  return {
    name: 'engine',
    code: 'engine-well',
    device: facts.device,
    outcome: 'ok',
    found: `${facts.kind}${version}${where}, ${facts.state.kind}; ${facts.device.name}: ${facts.device.why}`,
  };
}

/** @param idle what would be started */
function idleEngine(view: SwarmView, idle: EngineFacts): DoctorCheck {
  switch (view.self.role.wanted) {
    case 'leader':
      return {
        name: 'engine',
        code: 'engine-off',
        outcome: 'fault',
        found: 'The engine is not running.',
        fix: view.key === null ? 'It starts as soon as there is a key.' : 'Look into the log for the reason.',
      };
    case 'subordinate':
      return { name: 'engine', code: 'engine-unneeded', outcome: 'ok', found: 'Not needed: this machine is a subordinate.' };
    case 'auto':
      // with such a hole it does not lead, whoever else is there
      return idle.vulnerable != null && isWithheld(idle, view.settings)
        ? holed(idle.vulnerable, view, 'warning')
        : { name: 'engine', code: 'engine-unneeded', outcome: 'ok', found: 'Not started: it is not the turn of this machine to lead.' };
  }
}

function holed({ component, version, minimum, cves }: Vulnerability, view: SwarmView, outcome: 'fault' | 'warning'): DoctorCheck {
  return {
    name: 'engine',
    code: 'engine-hole',
    values: { component, version, minimum },
    outcome,
    found: `${component} ${version} is older than ${minimum}: ${cves.join(', ') || 'its version cannot be told'}.`,
    fix: view.settings.allowVulnerableEngine
      ? `Update it to ${minimum} or later. The settings lend it to others all the same.`
      : `Update it to ${minimum} or later. Until then it answers only this machine.`,
  };
}

function model({ view, models }: DoctorFacts): DoctorCheck {
  const leads = view.self.role.wanted === 'leader';
  if (typeof models !== 'number')
    return {
      name: 'model',
      code: 'models-unknown',
      failure: models.code,
      outcome: leads ? 'fault' : 'warning',
      found: models.message,
      fix: models.hint ?? 'Start the engine, or choose another one.',
    };
  if (models === 0)
    return {
      name: 'model',
      code: 'models-none',
      outcome: leads ? 'fault' : 'warning',
      found: 'No model is here.',
      fix: 'Put a .gguf file into the models folder of this home, or pull one with Ollama.',
    };
  return { name: 'model', code: 'models-there', values: { count: models }, outcome: 'ok', found: `${models} model(s) can be run here.` };
}

function peers({ view, discovery }: DoctorFacts): DoctorCheck {
  const connected = view.peers.filter(({ state }) => state === 'connected');
  const { standing } = view.membership;
  if (standing === 'revoked')
    return {
      name: 'peers',
      code: 'peers-removed',
      outcome: 'fault',
      found: 'This device was removed from the swarm.',
      fix: 'Ask an admin for an invite: `axon join -`.',
    };
  if (standing === 'pending' && connected.length === 0 && view.membership.asked.length > 0)
    return {
      name: 'peers',
      code: 'peers-pending',
      outcome: 'fault',
      found: 'Nobody let this device in yet.',
      fix: 'Compare the words of `axon members` with those on an admin’s machine, and allow it there.',
    };
  const leaders = connected.filter(({ offer }) => leadsNow(offer));
  if (connected.length === 0) {
    // the window's own words, so that both say the same
    const causes = discovery.findings.map(({ cause, certainty }) => ({ certainty, ...english.window.discovery.causes[cause] }));
    const why = causes.map(({ certainty, title, text }) => ` ${certainty === 'possible' ? 'Possible: ' : ''}${title}. ${text}`).join('');
    return {
      name: 'peers',
      code: 'peers-none',
      outcome: 'warning',
      found: `No other machine of this swarm is connected.${why}`,
      fix: [...causes.map(({ fix }) => fix), 'Start Axon there with the same swarm.key; where multicast is blocked, add its address.'].join(
        ' ',
      ),
    };
  }
  const values = { count: connected.length, leading: leaders.length };
  return {
    name: 'peers',
    code: 'peers-there',
    values,
    outcome: 'ok',
    found: `${connected.length} connected, ${leaders.length} of them leading.`,
  };
}

function identity({ view }: DoctorFacts): DoctorCheck {
  const found =
    view.self.identity === 'sealed' ? 'Sealed by the key store of this system.' : 'A file that only you can read; no key store is in use.';
  return { name: 'identity', code: view.self.identity === 'sealed' ? 'identity-sealed' : 'identity-file', outcome: 'ok', found };
}

function ciphers({ view }: DoctorFacts): DoctorCheck {
  if (view.self.ciphers === 'native') return { name: 'ciphers', code: 'ciphers-native', outcome: 'ok', found: 'Native code.' };
  return {
    name: 'ciphers',
    code: 'ciphers-wasm',
    outcome: 'warning',
    found: 'WebAssembly, since native code did not load: the link is slower.',
    fix: 'Reinstall Axon for this system.',
  };
}
