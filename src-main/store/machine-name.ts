// What a fresh home calls its machine, until a person says otherwise.
import { createHash } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { plainName } from '../../src-shared/name.ts';

/** Names that say nothing: of images, installers and containers, and what Windows and clouds make up. */
const poor = [
  /^(localhost|localdomain|unknown|none|host|linux|vm|server|desktop|laptop|computer|pc|user|admin|root|test|default|this computer)\d*$/i,
  /^(debian|ubuntu|fedora|arch|archlinux|alpine|mint|kali|manjaro|nixos|opensuse|raspberrypi|buildroot|live|archiso)\d*$/i,
  /^(desktop|laptop|win)-[0-9a-z]{7,}$/i,
  /^ip-\d+-\d+-\d+-\d+$/i,
  /^[0-9a-f]{12}$/i,
];

const kinds = ['amber', 'brave', 'calm', 'clever', 'copper', 'gentle', 'golden', 'happy', 'jolly', 'keen', 'lucky', 'mellow'];
const more = ['nimble', 'quiet', 'rapid', 'silver', 'sunny', 'swift', 'tidy', 'velvet', 'warm', 'wise', 'witty', 'young'];
const animals = ['badger', 'beaver', 'crane', 'dolphin', 'falcon', 'finch', 'fox', 'gecko', 'heron', 'ibis', 'koala', 'lark'];
const others = ['lynx', 'marten', 'otter', 'owl', 'panda', 'puffin', 'raven', 'robin', 'seal', 'swan', 'tapir', 'wren'];

/**
 * The host's name up to its first dot; one that tells a person nothing, or that is none, gives way to two plain words: "amber-otter".
 * @param cards what tells this machine from another one of that name; the same at each start, or the words would change
 */
export function defaultMachineName(host = hostname(), cards = cardAddresses()): string {
  const name = plainName(host.split('.')[0] ?? '');
  if (name !== '' && !poor.some((form) => form.test(name))) return name;
  const digest = createHash('sha256')
    .update(JSON.stringify([host, cards]))
    .digest();
  const one = (words: string[], at: number): string => words[digest.readUInt16BE(at) % words.length] ?? 'calm';
  return `${one([...kinds, ...more], 0)}-${one([...animals, ...others], 2)}`;
}

/** Hardware addresses of the network cards; not those of bridges and tunnels, which come and go. */
function cardAddresses(): string[] {
  const cards = Object.entries(networkInterfaces()).filter(([name]) => /^(en|eth|wl|ethernet|wi-?fi)/i.test(name));
  return [...new Set(cards.flatMap(([, found]) => found?.map(({ mac }) => mac) ?? []))].toSorted();
}
