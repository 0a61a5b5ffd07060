import { expect, test } from 'vitest';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { unknownHardware } from '../../src-shared/hardware.ts';
import { finding, type HostFacts } from './finding.ts';

const host: HostFacts = { platform: 'linux', release: '6.1.0', searching: true, firewall: async () => null };
const machine = { ...unknownHardware, addresses: [{ name: 'eth0', address: '192.168.1.31' }] };
const now = { machine, otherSwarms: 0, blocked: false, up: true };

test('silence means nothing before it was listened for a while; who is heard means something at once', async () => {
  const clock = handClock();
  const finds = finding(clock, host);
  expect(await finds.report(now)).toEqual({ findings: [], settled: false });
  finds.hear({ kind: 'heard', who: 'own' });
  expect((await finds.report(now)).findings).toEqual([]);
  finds.hear({ kind: 'heard', who: 'others' });
  expect((await finds.report(now)).findings).toEqual([{ cause: 'nobody-else', certainty: 'seen' }]);
});

test('after a while the silence counts, until the network is another one', async () => {
  const clock = handClock();
  const finds = finding(clock, host);
  finds.hear({ kind: 'heard', who: 'own' });
  await clock.run(10_000);
  expect(await finds.report(now)).toEqual({ findings: [{ cause: 'isolation', certainty: 'possible' }], settled: true });
  finds.hear({ kind: 'heard', who: 'nothing' });
  expect(await finds.report(now)).toEqual({ findings: [], settled: false });
  await clock.run(10_000);
  expect((await finds.report(now)).findings).toEqual([{ cause: 'no-multicast', certainty: 'seen' }]);
  finds.restart();
  expect(await finds.report(now)).toEqual({ findings: [], settled: false });
});

test('without a key nothing listens, so silence never counts', async () => {
  const clock = handClock();
  const finds = finding(clock, host);
  await clock.run(60_000);
  expect(await finds.report({ ...now, up: false })).toEqual({ findings: [], settled: false });
  expect((await finds.report({ ...now, up: false, machine: { ...machine, addresses: [] } })).findings).toEqual([
    { cause: 'no-network', certainty: 'seen' },
  ]);
});
