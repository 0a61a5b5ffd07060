// The grammar of models and where they lie.
import type { Command } from 'commander';
import type { Home } from '../store/home.ts';
import type { Io } from './io.ts';
import { changeDownload, getModel, listModels, removeModel } from './models.ts';
import { say } from './words.ts';

export function addModels(axon: Command, home: () => Home, io: Io): void {
  const models = axon
    .command('models')
    .description(say('command.models'))
    .option('--json', say('option.json'), false)
    .action((options: { json: boolean }) => listModels(home(), options, io));
  models
    .command('get')
    .description(say('command.modelsGet'))
    .argument('[model]', say('option.modelSource'))
    .option('--on <machine>', say('option.onMachine'))
    .option('--json', say('option.json'), false)
    .action((what: string | undefined, options: { on?: string; json: boolean }, command: Command) =>
      // the one of the command above it is read first
      getModel(home(), what, { ...options, json: command.optsWithGlobals<{ json: boolean }>().json }, io),
    );
  for (const change of ['pause', 'resume'] as const)
    models
      .command(change)
      .description(say(change === 'pause' ? 'command.modelsPause' : 'command.modelsResume'))
      .argument('<model>', say('option.modelName'))
      .action((name: string) => changeDownload(home(), name, change, io));
  models
    .command('remove')
    .description(say('command.modelsRemove'))
    .argument('<model>', say('option.modelName'))
    .action((name: string) => removeModel(home(), name, io));
}
