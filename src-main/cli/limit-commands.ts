// The grammar of what others may have of this machine.
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { OfferedDownload } from '../../src-shared/peer.ts';
import { yielding, type PauseHours, type Yielding } from '../../src-shared/settings.ts';
import type { Home } from '../store/home.ts';
import type { Io } from './io.ts';
import { parsedDownload, parsedHours, pauseFor, showLimits, type LimitFlags } from './limits.ts';
import { say } from './words.ts';

/** A month; whoever wants longer stops leading. */
const maxMinutes = 44_640;
const maxTokens = 1_000_000_000;
const maxQuestions = 10_000;

export function addLimits(axon: Command, home: () => Home, io: Io): void {
  const json = (): Option => new Option('--json', say('option.json')).default(false);
  axon
    .command('pause')
    .description(say('command.pause'))
    .argument('[minutes]', say('option.pauseMinutes'), whole('minutes', 1, maxMinutes), 60)
    .option('--now', say('option.atOnce'), false)
    .addOption(json())
    .action((minutes: number, options: { now: boolean; json: boolean }) => pauseFor(home(), minutes, options, io));
  axon
    .command('resume')
    .description(say('command.resume'))
    .addOption(json())
    .action((options: { json: boolean }) => pauseFor(home(), null, { ...options, now: false }, io));
  axon
    .command('limits')
    .description(say('command.limits'))
    .option('--per-day <tokens>', say('option.perDay'), orNone('--per-day', maxTokens, true))
    .option('--per-minute <questions>', say('option.perMinute'), orNone('--per-minute', maxQuestions, false))
    .option('--member <member>', say('option.limitMember'))
    .option('--battery <what>', say('option.battery'), oneYielding('--battery'))
    .option('--busy <what>', say('option.busy'), oneYielding('--busy'))
    .option('--metered <what>', say('option.metered'), oneYielding('--metered'))
    .option('--hours <hours>', say('option.hours'), (text: string, all: (PauseHours | null)[] = []) => [...all, hoursOf(text)])
    .option('--download <model>', say('option.download'), (text: string, all: (OfferedDownload | null)[] = []) => [
      ...all,
      downloadIn(text),
    ])
    .addOption(json())
    .action(async (flags: LimitFlags, command: Command) => {
      // "as for everybody" says nothing without one who is not
      if (flags.perDay === 'default' && flags.member === undefined) command.error(say('usage.defaultOfWhom'), { exitCode: 2 });
      await showLimits(home(), flags, io);
    });
}

function whole(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isInteger(number) || number < min || number > max)
      throw new InvalidArgumentError(say('usage.number', { option, min, max }));
    return number;
  };
}

/** 'none' stays a word: Commander takes null for a value that is missing. */
function orNone(option: string, max: number, ofMember: boolean): (text: string) => number | 'none' | 'default' {
  return (text) => (text === 'none' ? text : ofMember && text === 'default' ? text : whole(option, 1, max)(text));
}

function downloadIn(text: string): OfferedDownload | null {
  const found = text === 'none' ? null : parsedDownload(text);
  if (found === undefined) throw new InvalidArgumentError(say('usage.download', { option: '--download' }));
  return found;
}

function oneYielding(option: string): (text: string) => Yielding {
  return (text) => {
    const wanted = yielding.safeParse(text);
    if (!wanted.success) throw new InvalidArgumentError(say('usage.choice', { option, choices: yielding.options.join(', ') }));
    return wanted.data;
  };
}

function hoursOf(text: string): PauseHours | null {
  if (text === 'none') return null;
  const hours = parsedHours(text);
  if (hours === undefined) throw new InvalidArgumentError(say('usage.hours', { option: '--hours' }));
  return hours;
}
