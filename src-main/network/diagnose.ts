// Why a dial failed, in words: nobody there, not let in, or somebody else. libp2p's own errors do not tell these apart.
import { connect } from 'node:net';
import { Failure } from '../../src-shared/failure.ts';
import { parseAddress, type DialAddress } from './address.ts';
import type { EpochKey } from '../membership/ports.ts';
import { acceptedEvent } from './protector.ts';

/** How far a dial came; fed with libp2p's progress events. */
export type DialProgress = {
  onProgress(event: { type: string }): void;
  /** TCP accepted. */
  readonly accepted: boolean;
  /** The nonces of the protector were exchanged: it speaks the protector too, with whatever key. */
  readonly guarded: boolean;
  /** Noise succeeded, so the key is right; what followed did not. */
  readonly secured: boolean;
};

/** @param key what this dial goes out under; absent: the current one */
export function dialProgress(key?: EpochKey): DialProgress {
  const seen = new Set<string>();
  return {
    onProgress(event) {
      seen.add(event.type);
      if (event.type === acceptedEvent && key !== undefined) Object.assign(event, { key });
    },
    get accepted() {
      return seen.has(acceptedEvent);
    },
    get guarded() {
      return seen.has('upgrader:encrypt-outbound-connection');
    },
    get secured() {
      return seen.has('upgrader:multiplex-outbound-connection');
    },
  };
}

/** The connection was made and then not kept by the other side. */
export class NotKept extends Error {
  override readonly name = 'NotKept';
}

/** How the side that dials stands in its swarm, as far as it knows. */
export type OwnStanding = 'member' | 'pending' | 'unknown';

const otherKey = 'It probably has another swarm.key. Compare "axon key show --public" on both machines.';

/**
 * @param error what dialling threw
 * @param accepts asked when the progress says nothing, since another dial may have been joined: does TCP connect there now?
 * @returns a Failure with bad-address, not-reachable, not-let-in; revoked or pending when it knew who we are and threw us out
 */
export async function diagnose(
  address: DialAddress,
  error: unknown,
  progress: Pick<DialProgress, 'accepted' | 'guarded' | 'secured'>,
  own: OwnStanding = 'unknown',
  accepts: typeof tcpAccepts = tcpAccepts,
): Promise<Failure> {
  const where = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  const text = messages(error).join('; ');
  if (/dial self/i.test(text)) return new Failure('bad-address', `${where} is this machine itself.`, { cause: error });
  if (/identity key|expected remote|UnexpectedPeer/i.test(text)) {
    const hint = 'The address may have been given to another machine. Add the peer again without its id.';
    return new Failure('not-let-in', `Another node answers at ${where}, not the one with that id.`, { hint, cause: error });
  }
  if (/gater\.denyOutbound/i.test(text)) return new Failure('not-let-in', `The node at ${where} is not allowed here.`, { cause: error });
  if (progress.secured || error instanceof NotKept) return thrownOut(where, own, error);
  if (progress.accepted || (!refusedByTcp(text) && (await accepts(address.host, address.port)))) {
    const how = progress.guarded ? 'answers, but its encryption does not fit ours' : 'accepts connections but does not speak our protocol';
    return new Failure('not-let-in', `Something at ${where} ${how}.`, { hint: otherKey, cause: error });
  }
  return new Failure('not-reachable', unreachable(where, text), {
    hint: 'Is Axon running there? Is the address right? Does a firewall block the port?',
    cause: error,
  });
}

function thrownOut(where: string, own: OwnStanding, cause: unknown): Failure {
  if (own === 'member') {
    const hint = 'Somebody with admin rights can let it in again, with an invite.';
    return new Failure('revoked', `The node at ${where} does not let this device in any more: it was removed from the swarm.`, {
      hint,
      cause,
    });
  }
  if (own === 'pending') {
    const hint = 'The swarm may have a new key since this device got its own: ask for an invite.';
    return new Failure('pending', `The node at ${where} does not let this device in yet.`, { hint, cause });
  }
  const hint = 'The swarm key is right. Is this device allowed there?';
  return new Failure('not-let-in', `The node at ${where} refused this device.`, { hint, cause });
}

function refusedByTcp(text: string): boolean {
  return /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|EINVAL/.test(text);
}

function unreachable(where: string, text: string): string {
  if (text.includes('ECONNREFUSED')) return `The machine at ${where} is there, but nothing listens on that port.`;
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return `No machine with the name in ${where} was found.`;
  if (/EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL/.test(text)) return `There is no way to ${where} from this network.`;
  return `Nobody answers at ${where}.`;
}

function messages(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(messages);
  if (!(error instanceof Error)) return [String(error)];
  return [`${error.name} ${error.message}`, ...(error.cause === undefined ? [] : messages(error.cause))];
}

/** Whether TCP connects within ms. */
export async function tcpAccepts(host: string, port: number, ms = 1500): Promise<boolean> {
  return (await tcpAnswer(host, port, ms)) === 'accepts';
}

/** refuses: the machine is there, and nobody listens on that port. silent: anything else within ms. */
function tcpAnswer(host: string, port: number, ms: number): Promise<'accepts' | 'refuses' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: 'accepts' | 'refuses' | 'silent'): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => done('silent'), ms);
    socket.once('connect', () => done('accepts'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code === 'ECONNREFUSED' ? 'refuses' : 'silent'));
  });
}

/**
 * Whether a program that was reached at `host` has ended: all its ports there refuse, and no other address of it accepts. An address that
 * it was not reached at may be anybody's (a container bridge of this machine, a lease that went to somebody else). Never rejects.
 * @param addresses all that are known of it, as libp2p writes them
 */
export function nobodyListens(addresses: readonly string[], host: string, ms = 1000): Promise<boolean> {
  const known = addresses.flatMap((text) => {
    try {
      return parseAddress(text);
    } catch {
      return [];
    }
  });
  if (!known.some((one) => one.host === host)) return Promise.resolve(false);
  return new Promise((resolve) => {
    let left = known.length;
    for (const one of known) {
      void tcpAnswer(one.host, one.port, ms).then((answer) => {
        left -= 1;
        if (answer === 'accepts' || (one.host === host && answer !== 'refuses')) resolve(false);
        else if (left === 0) resolve(true);
      });
    }
  });
}
