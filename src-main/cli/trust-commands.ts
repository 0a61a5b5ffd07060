// The grammar of everything about who is in the swarm.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { memberRole, permissions, type MemberRole, type Permissions } from '../../src-shared/member.ts';
import { memberName } from '../../src-shared/name.ts';
import type { Home } from '../store/home.ts';
import type { ExitCode } from './exit-codes.ts';
import { invite, join } from './invite.ts';
import type { Io } from './io.ts';
import { ledger } from './ledger.ts';
import { allow, choose, found, leave, members, permit, refuse, rename, revoke, setRole } from './members.ts';
import { pair, joinByCode } from './pair.ts';
import { recover, recoveryNew } from './recovery.ts';
import { say } from './words.ts';

const json = (): Option => new Option('--json', say('option.json')).default(false);
const noMdns = (): Option => new Option('--no-mdns', say('option.noMdns'));

export function addTrust(axon: Command, home: () => Home, io: Io, end: { code: ExitCode }): void {
  addMembers(axon, home, io);
  addInvites(axon, home, io);
  addPair(axon, home, io);
  addRecovery(axon, home, io);
  axon
    .command('ledger')
    .description(say('command.ledger'))
    .addOption(json())
    .option('--csv', say('option.csv'), false)
    .action(async (options: { json: boolean; csv: boolean }) => {
      end.code = await ledger(home(), options, io);
    });
}

function addMembers(axon: Command, home: () => Home, io: Io): void {
  const list = axon
    .command('members')
    .description(say('command.members'))
    .addOption(json())
    .action((options: { json: boolean }) => members(home(), options, io));
  const about = (name: string, what: Parameters<typeof say>[0]): Command =>
    list.command(name).description(say(what)).argument('<member>', say('option.member'));
  about('allow', 'command.membersAllow')
    .option('--words <words>', say('option.words'))
    .action((who: string, options: { words?: string }) => allow(home(), who, options, io));
  about('choose', 'command.membersChoose').action((who: string) => choose(home(), who, io));
  about('refuse', 'command.membersRefuse').action((who: string) => refuse(home(), who, io));
  about('rename', 'command.membersRename')
    .argument('<name>', say('option.newName'), parsedName)
    .action((who: string, name: string) => rename(home(), who, name, io));
  about('role', 'command.membersRole')
    .argument('<role>', say('option.memberRole'), oneOf<MemberRole>('role', memberRole.options))
    .action((who: string, role: MemberRole) => setRole(home(), who, role, io));
  about('permit', 'command.membersPermit')
    .argument('<permission>', say('option.permission'), oneOf('permission', Object.keys(permissions.shape) as (keyof Permissions)[]))
    .argument('<on|off>', say('option.onOff'), oneOf('on|off', ['on', 'off']))
    .action((who: string, what: keyof Permissions, on: 'on' | 'off') => permit(home(), who, what, on === 'on', io));
  list
    .command('found')
    .description(say('command.membersFound'))
    .addOption(noMdns())
    .action((options: { mdns: boolean }) => found(home(), options, io));
  axon
    .command('revoke')
    .description(say('command.revoke'))
    .argument('<member>', say('option.member'))
    .addOption(noMdns())
    .addOption(json())
    .action((who: string, options: { json: boolean; mdns: boolean }) => revoke(home(), who, options, io));
  axon
    .command('leave')
    .description(say('command.leave'))
    .option('--yes', say('option.yes'), false)
    .addOption(noMdns())
    .action((options: { yes: boolean; mdns: boolean }) => leave(home(), options, io));
}

function addInvites(axon: Command, home: () => Home, io: Io): void {
  axon
    .command('invite')
    .description(say('command.invite'))
    .option('--minutes <n>', say('option.minutes'), minutes, 15)
    .option('--out <file>', say('option.out'))
    .addOption(json())
    .action((options: { minutes: number; out?: string; json: boolean }) => invite(home(), options, io));
  axon
    .command('join')
    .description(say('command.join'))
    .argument('<invite>', say('option.invite'))
    .option('--replace', say('option.replace'), false)
    .addOption(noMdns())
    .addOption(json())
    .action((given: string, options: { replace: boolean; mdns: boolean; json: boolean }) => join(home(), given, options, io));
}

type PairFlags = { address?: string; yesWords?: string; listen?: string[]; mdns: boolean; json: boolean };

function addPair(axon: Command, home: () => Home, io: Io): void {
  axon
    .command('pair')
    .description(say('command.pair'))
    .argument('[code]', say('option.code'))
    .option('--address <host:port>', say('option.address'))
    .option('--yes-words <words>', say('option.yesWords'))
    .option('--listen <multiaddr>', say('option.listen'), (value: string, all: string[] = []) => [...all, value])
    .addOption(noMdns())
    .addOption(json())
    .action((code: string | undefined, { address, ...options }: PairFlags) =>
      code === undefined
        ? pair(home(), options, io)
        : joinByCode(home(), code, { ...options, ...(address === undefined ? {} : { address }) }, io),
    );
}

function addRecovery(axon: Command, home: () => Home, io: Io): void {
  axon
    .command('recovery')
    .description(say('command.recovery'))
    .command('new')
    .description(say('command.recoveryNew'))
    .option('--out <file>', say('option.out'))
    .addOption(noMdns())
    .action((options: { out?: string; mdns: boolean }) => recoveryNew(home(), options, io));
  axon
    .command('recover')
    .description(say('command.recover'))
    .addOption(noMdns())
    .action((options: { mdns: boolean }) => recover(home(), options, io));
}

function oneOf<T extends string>(name: string, choices: readonly T[]): (value: string) => T {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new InvalidArgumentError(say('usage.choice', { option: name, choices: choices.join(', ') }));
    return found;
  };
}

function parsedName(value: string): string {
  const parsed = memberName.safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError(say('usage.name'));
  return parsed.data;
}

/** As the contract has it: a week at most. */
function minutes(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 10_080)
    throw new InvalidArgumentError(say('usage.number', { option: '--minutes', min: 1, max: 10_080 }));
  return number;
}
