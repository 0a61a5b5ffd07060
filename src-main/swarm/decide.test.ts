import { expect, test } from 'vitest';
import type { EngineFacts, EngineState } from '../../src-shared/engine.ts';
import { leads, roleActualOf, type RoleFacts } from './decide.ts';

const engine = (state: EngineState): EngineFacts => ({
  kind: 'fake',
  state,
  device: { kind: 'cpu', name: '', why: '' },
  slots: { total: 2, free: 2 },
});
const base: RoleFacts = {
  wanted: 'leader',
  key: true,
  network: 'on',
  engine: engine({ kind: 'ready' }),
  models: 1,
  running: 0,
  waiting: 0,
  draining: false,
  leader: null,
};
const failure = { code: 'port-in-use', message: 'taken' } as const;
const other = { peerId: 'p', name: 'strong' };

test.each<[string, Partial<RoleFacts>, object, boolean]>([
  ['no key', { key: false }, { kind: 'off' }, false],
  ['network off', { network: 'off' }, { kind: 'off' }, false],
  ['network starting', { network: 'starting' }, { kind: 'starting', step: 'network' }, false],
  ['network failed', { network: { failed: failure } }, { kind: 'troubled', failure }, false],
  ['a subordinate', { wanted: 'subordinate', leader: other }, { kind: 'subordinate', leader: other }, false],
  ['a subordinate alone', { wanted: 'subordinate' }, { kind: 'subordinate', leader: null }, false],
  ['a leader that was', { wanted: 'subordinate', draining: true, running: 2 }, { kind: 'draining', running: 2 }, false],
  ['drained', { wanted: 'subordinate', draining: true, running: 0 }, { kind: 'subordinate', leader: null }, false],
  ['auto, while others lead', { wanted: 'auto', leader: other }, { kind: 'subordinate', leader: other }, false],
  ['auto that stepped back', { wanted: 'auto', draining: true, running: 2 }, { kind: 'draining', running: 2 }, false],
  ['auto, its turn', { wanted: 'auto', autoLeads: true, running: 1 }, { kind: 'leader', models: 1, running: 1, waiting: 0 }, true],
  ['auto, its turn, engine starting', { wanted: 'auto', autoLeads: true, engine: null }, { kind: 'starting', step: 'engine' }, false],
  ['a leader', { running: 1, waiting: 3 }, { kind: 'leader', models: 1, running: 1, waiting: 3 }, true],
  ['no engine yet', { engine: null }, { kind: 'starting', step: 'engine' }, false],
  ['engine starting', { engine: engine({ kind: 'starting' }) }, { kind: 'starting', step: 'engine' }, false],
  ['engine failed', { engine: engine({ kind: 'failed', failure }) }, { kind: 'troubled', failure }, false],
  [
    'model loading',
    { engine: engine({ kind: 'loading', model: 'm', progress: 0.5 }) },
    { kind: 'starting', step: 'model', progress: 0.5 },
    true,
  ],
  ['its first model is about to load', { warming: true }, { kind: 'starting', step: 'model' }, true],
  ['asked before its first model is loaded', { warming: true, running: 1 }, { kind: 'leader', models: 1, running: 1, waiting: 0 }, true],
  [
    'a second model loading while one answers',
    { engine: engine({ kind: 'loading', model: 'm' }), running: 1 },
    { kind: 'leader', models: 1, running: 1, waiting: 0 },
    true,
  ],
])('%s', (_, facts, actual, leading) => {
  const derived = roleActualOf({ ...base, ...facts });
  expect(derived).toEqual(actual);
  expect(leads(derived)).toBe(leading);
});

test('a leader without a model says so', () => {
  expect(roleActualOf({ ...base, models: 0 })).toMatchObject({ kind: 'troubled', failure: { code: 'model-missing' } });
});
