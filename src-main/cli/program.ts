// The command line's grammar, and how its end becomes an exit code.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { isCancel, toFailure } from '../../src-shared/failure.ts';
import { role, type Role } from '../../src-shared/role.ts';
import { settings, type Settings } from '../../src-shared/settings.ts';
import { homePaths } from '../store/home.ts';
import type { Home } from '../store/home.ts';
import { version } from '../version.ts';
import { ask } from './ask.ts';
import { facts } from './facts.ts';
import { formats, type Format } from './format.ts';
import { exitCodeOf, exits } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { keyImport, keyNew, keyShow } from './key.ts';
import { resetHome } from './reset.ts';
import { serve } from './serve.ts';
import { placeQuestion, type PlaceFlags } from './place.ts';
import { doctor, peers, showRole, status, toggleWindow, windowAddress, type StatusOptions } from './show.ts';
import { addLimits } from './limit-commands.ts';
import { addModels } from './model-commands.ts';
import { addTrust } from './trust-commands.ts';
import { failureLines, say } from './words.ts';

/** Runs one command line. Never throws; what went wrong is written to standard error. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const end: { code: ExitCode } = { code: exits.done };
  try {
    await program(io, end).parseAsync([...args], { from: 'user' });
    return io.stop.aborted ? stopCode(io.stop) : end.code;
  } catch (error) {
    if (io.stop.aborted && (isCancel(error) || error === io.stop.reason)) return stopCode(io.stop);
    // Commander has written its own words by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
    const failure = toFailure(error);
    io.err(failureLines(failure.toShape()));
    return exitCodeOf[failure.code];
  }
}

/** SIGTERM is an orderly end, Ctrl-C is an interruption. */
function stopCode(stop: AbortSignal): ExitCode {
  return stop.reason === 'terminate' ? exits.done : exits.interrupted;
}

function program(io: Io, end: { code: ExitCode }): Command {
  const axon = new Command('axon')
    .description(say('about'))
    .version(version, '-V, --version', say('option.version'))
    .helpOption('-h, --help', say('option.help'))
    .helpCommand(false)
    .option('--home <dir>', say('option.home'))
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${say('exits')}`)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text), writeErr: (text) => io.err(text) });
  const home = (): Home => homePaths(axon.opts<{ home?: string }>().home);
  addKey(axon, home, io);
  addServe(axon, home, io);
  addAsk(axon, home, io);
  addPlace(axon, home, io);
  addShow(axon, home, io, end);
  addLimits(axon, home, io);
  addModels(axon, home, io);
  addTrust(axon, home, io, end);
  axon
    .command('reset')
    .description(say('command.reset'))
    .option('--yes', say('option.yes'), false)
    .action(async (options: { yes: boolean }) => {
      end.code = await resetHome(home(), options, io);
    });
  return axon;
}

function addKey(axon: Command, home: () => Home, io: Io): void {
  const key = axon.command('key').description(say('command.key'));
  const replace = (): Option => new Option('--replace', say('option.replace')).default(false);
  key
    .command('new')
    .description(say('command.keyNew'))
    .addOption(replace())
    .action((options: { replace: boolean }) => keyNew(home(), options, io));
  key
    .command('import')
    .description(say('command.keyImport'))
    .argument('<file>', say('option.file'))
    .addOption(replace())
    .action((file: string, options: { replace: boolean }) => keyImport(home(), file, options, io));
  key
    .command('show')
    .description(say('command.keyShow'))
    .option('--public', say('option.public'), false)
    .action((options: { public: boolean }) => keyShow(home(), options, io));
}

type ServeFlags = {
  engine?: Settings['engine'];
  model?: string;
  ollamaUrl?: string;
  openaiUrl?: string;
  listen?: string[];
  port?: number;
  allowVulnerableEngine: boolean;
  mdns: boolean;
  json: boolean;
  open?: boolean;
};

function addServe(axon: Command, home: () => Home, io: Io): void {
  const add = (name: 'serve' | 'start'): void => {
    const command = axon
      .command(name)
      .description(say(`command.${name}`))
      .addOption(new Option('--engine <engine>', say('option.engine')).choices(settings.shape.engine.options))
      .option('--model <model>', say('option.model'))
      .option('--ollama-url <url>', say('option.ollamaUrl'), httpUrl('--ollama-url', 'http://127.0.0.1:11434'))
      .option('--openai-url <url>', say('option.openaiUrl'), httpUrl('--openai-url', 'http://127.0.0.1:1234'))
      .option('--listen <multiaddr>', say('option.listen'), (value: string, all: string[] = []) => [...all, value])
      .option('--port <port>', say('option.port'), numberBetween('--port', 0, 65_535, true))
      .option('--allow-vulnerable-engine', say('option.allowVulnerableEngine'), false)
      .option('--no-mdns', say('option.noMdns'))
      .option('--json', say('option.json'), false);
    if (name === 'serve') command.option('--open', say('option.open'));
    command.action(({ engine, model, ollamaUrl, openaiUrl, listen, port, allowVulnerableEngine, mdns, json, open }: ServeFlags) => {
      const given = axon.opts<{ home?: string }>().home;
      return serve(
        home(),
        {
          lead: name === 'serve',
          listen: listen ?? [],
          allowVulnerableEngine,
          mdns,
          json,
          open: open === true,
          homeWords: given === undefined ? '' : ` --home ${/\s/.test(given) ? JSON.stringify(given) : given}`,
          ...(engine === undefined ? {} : { engine }),
          ...(model === undefined ? {} : { model }),
          ...(ollamaUrl === undefined ? {} : { ollamaUrl }),
          ...(openaiUrl === undefined ? {} : { openaiUrl }),
          ...(port === undefined ? {} : { port }),
        },
        io,
      );
    });
  };
  add('serve');
  add('start');
}

type AskFlags = { model?: string; peer?: string; temperature?: number; seed?: number; mdns: boolean; wait: number; json: boolean };

function addAsk(axon: Command, home: () => Home, io: Io): void {
  axon
    .command('ask')
    .description(say('command.ask'))
    .argument('<prompt>', say('option.prompt'))
    .option('--model <model>', say('option.model'))
    .option('--peer <multiaddr>', say('option.peer'))
    .option('--temperature <t>', say('option.temperature'), numberBetween('--temperature', 0, 2, false))
    .option('--seed <n>', say('option.seed'), numberBetween('--seed', 0, 0xffff_ffff, true))
    .option('--wait <seconds>', say('option.wait'), numberBetween('--wait', 0, 3600, false), 10)
    .option('--no-mdns', say('option.noMdns'))
    .option('--json', say('option.json'), false)
    .action(async (prompt: string, flags: AskFlags) => ask(home(), { ...flags, prompt: prompt === '-' ? await io.input() : prompt }, io));
}

function addPlace(axon: Command, home: () => Home, io: Io): void {
  axon
    .command('place')
    .description(say('command.place'))
    .argument('<prompt>', say('option.prompt'))
    .option('--model <model>', say('option.model'))
    .option('--peer <machine>', say('option.placePeer'))
    .addOption(new Option('--format <format>', say('option.format')).choices(['text', 'json']).default('text'))
    .action(async (prompt: string, flags: PlaceFlags) =>
      placeQuestion(home(), { ...flags, prompt: prompt === '-' ? await io.input() : prompt }, io),
    );
}

function addShow(axon: Command, home: () => Home, io: Io, end: { code: ExitCode }): void {
  const json = (name: string, about: string): Command => axon.command(name).description(about).option('--json', say('option.json'), false);
  const format = (): Option => new Option('--format <format>', say('option.format')).choices(formats).default('text');
  axon
    .command('status')
    .description(say('command.status'))
    .option('--cached', say('option.cached'), false)
    .addOption(format())
    .option('--json', say('option.statusJson'), false)
    .action((options: StatusOptions) => status(home(), options, io));
  axon
    .command('facts')
    .description(say('command.facts'))
    .addOption(format())
    .action((options: { format: Format }) => facts(home(), options, io));
  json('peers', say('command.peers')).action((options: { json: boolean }) => peers(home(), options, io));
  json('role', say('command.role'))
    .argument('[role]', say('option.role'), (value: string) => {
      const wanted = role.safeParse(value);
      if (!wanted.success) throw new InvalidArgumentError(say('usage.choice', { option: 'role', choices: role.options.join(', ') }));
      return wanted.data;
    })
    .action((wanted: Role | undefined, options: { json: boolean }) => showRole(home(), wanted, options, io));
  json('doctor', say('command.doctor'))
    .option('--no-mdns', say('option.noMdns'))
    .action(async (options: { json: boolean; mdns: boolean }) => {
      if (!(await doctor(home(), options, io))) end.code = exits.failed;
    });
  axon
    .command('window')
    .description(say('command.window'))
    .action(() => windowAddress(home(), io));
  axon
    .command('toggle')
    .description(say('command.toggle'))
    .action(async () => {
      if (!(await toggleWindow(home(), io))) end.code = exits.failed;
    });
}

function numberBetween(option: string, min: number, max: number, whole: boolean): (value: string) => number {
  return (value) => {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (!(number >= min && number <= max) || (whole && !Number.isInteger(number)))
      throw new InvalidArgumentError(say('usage.number', { option, min, max }));
    return number;
  };
}

function httpUrl(option: string, example: string): (value: string) => string {
  return (value) => {
    if (!/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : ''))
      throw new InvalidArgumentError(say('usage.url', { option, example }));
    return value;
  };
}
