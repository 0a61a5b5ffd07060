import { expect, test } from 'vitest';
import { english } from '../../src-shared/i18n/index.ts';
import { doctorCode, doctorReport, type DoctorCheck } from '../../src-shared/doctor.ts';
import type { FoundServer } from '../../src-shared/local-engine.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { gpuDesktop, laptopView } from '../../test/app/played-household.ts';
import { examine, type DoctorFacts } from './doctor.ts';

const now = Date.UTC(2027, 0, 15);
const minute = 60_000;

function checkOf(name: DoctorCheck['name'], change: Partial<DoctorFacts> = {}, view: SwarmView = laptopView()): DoctorCheck | undefined {
  const engine: DoctorFacts['engine'] = {
    kind: 'ollama',
    state: { kind: 'ready' },
    device: { kind: 'unknown', name: '', why: '' },
    slots: { total: 1, free: 1 },
  };
  const facts: DoctorFacts = {
    view,
    discovery: { findings: [], settled: true },
    listen: null,
    mdns: null,
    searching: true,
    models: 1,
    engine,
    ollamaAt: null,
    servers: [],
    now,
    ...change,
  };
  return doctorReport.parse(examine(facts)).checks.find((check) => check.name === name);
}

/** The desktop's node was started when its own clock said so. */
function startedAt(at: number, state: 'connected' | 'away' = 'connected'): SwarmView {
  const desk = gpuDesktop();
  if (desk.offer === null) throw new Error('an offer');
  return laptopView({ peers: [{ ...desk, state, offer: { ...desk.offer, revision: at } }] });
}

test('a clock that another one is ahead of by more than a slip', () => {
  expect(checkOf('clock', {}, startedAt(now + 4 * minute))?.code).toBe('clock-well');
  expect(checkOf('clock', {}, startedAt(now - 90 * 24 * 60 * minute))?.code).toBe('clock-well');
  expect(checkOf('clock', {}, startedAt(now + 20 * minute))).toMatchObject({
    outcome: 'warning',
    code: 'clock-ahead',
    values: { names: 'GPU-DESKTOP', minutes: 20 },
    fix: expect.stringContaining('time') as string,
  });
  // what is away may have said that long ago
  expect(checkOf('clock', {}, startedAt(now + 20 * minute, 'away'))?.code).toBe('clock-alone');
  // with nobody there is nothing to agree with
  expect(checkOf('clock', {}, laptopView({ peers: [] }))).toMatchObject({ outcome: 'ok', code: 'clock-alone' });
});

test('a clock that was never set', () => {
  expect(checkOf('clock', { now: 0 })).toMatchObject({ outcome: 'fault', code: 'clock-past' });
});

test('a search that is switched off is not told as one that goes on', () => {
  expect(checkOf('mdns')).toMatchObject({ outcome: 'ok', code: 'search-on' });
  expect(checkOf('mdns', { searching: false })).toMatchObject({
    outcome: 'warning',
    code: 'search-off',
    found: expect.stringContaining('--no-mdns') as string,
  });
});

test('a search is not told where there is no network to search', () => {
  const without = (certainty: 'seen' | 'possible'): Partial<DoctorFacts> => ({
    discovery: { findings: [{ cause: 'no-network', certainty }], settled: true },
  });
  expect(checkOf('mdns', without('seen'))).toMatchObject({
    outcome: 'warning',
    code: 'search-nowhere',
    found: expect.stringContaining('no network') as string,
    fix: expect.stringContaining('Connect') as string,
  });
  expect(checkOf('mdns', without('possible'))?.code).toBe('search-on');
  expect(checkOf('mdns', { ...without('seen'), searching: false })?.code).toBe('search-off');
});

test('an open port is told as that, and not as others that come in', () => {
  expect(checkOf('port')).toMatchObject({
    outcome: 'ok',
    code: 'port-open',
    values: { port: '4101' },
    found: expect.stringContaining('firewall') as string,
  });
});

test('where another program has the port it is told which one is used instead', () => {
  const view = laptopView();
  const listen = { code: 'port-in-use' as const, message: 'Port 4101 is in use.' };
  const self = { ...view.self, addresses: ['/ip4/192.168.1.20/tcp/4102'] };
  expect(checkOf('port', { listen }, { ...view, self })).toMatchObject({
    outcome: 'warning',
    code: 'port-other',
    values: { wanted: view.settings.swarmPort, port: '4102' },
    found: expect.stringMatching(/4101.*4102/) as string,
  });
  expect(checkOf('port', { listen }, { ...view, self: { ...self, addresses: [] } })).toMatchObject({
    outcome: 'fault',
    code: 'port-taken',
  });
});

test('an Ollama that answers the whole network is told with its addresses; none is no row', () => {
  expect(checkOf('ollama')).toBeUndefined();
  expect(checkOf('ollama', { ollamaAt: [] })).toMatchObject({ outcome: 'ok', code: 'ollama-private' });
  expect(checkOf('ollama', { ollamaAt: ['192.168.1.31:11434'] })).toMatchObject({
    outcome: 'warning',
    code: 'ollama-open',
    values: { addresses: '192.168.1.31:11434' },
    fix: expect.stringContaining('OLLAMA_HOST=127.0.0.1') as string,
  });
});

test('the window has words for everything that can be found', () => {
  const { text } = english.window.doctor;
  for (const code of doctorCode.options) expect(code in text || `${code}_other` in text, code).toBe(true);
});

test('other servers are told as they were found; where there is none is no row', () => {
  const studio: FoundServer = { program: 'lm-studio', address: 'http://127.0.0.1:1234', state: 'absent', models: [] };
  expect(checkOf('servers', { servers: [studio] })).toBeUndefined();
  expect(checkOf('servers', { servers: [{ ...studio, state: 'there', models: ['qwen3-4b'] }] })).toMatchObject({
    outcome: 'ok',
    code: 'servers-there',
    values: { names: 'LM Studio (127.0.0.1:1234)' },
    found: expect.stringMatching(/LM Studio at http:.*: 1 model/) as string,
  });
  expect(checkOf('servers', { servers: [{ ...studio, state: 'locked' }] })?.found).toContain(
    'wants a key: set its address and its key in the settings',
  );
});
