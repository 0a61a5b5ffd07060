import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firewallIsOn, type FirewallFiles } from './firewall.ts';

let folder = '';
let files: FirewallFiles = { ufw: '', firewalld: '' };
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-firewall-'));
  files = { ufw: path.join(folder, 'ufw.conf'), firewalld: path.join(folder, 'invocation:firewalld.service') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('ufw says in its file whether it is on', async () => {
  writeFileSync(files.ufw, '# /etc/ufw/ufw.conf\nENABLED=yes\nLOGLEVEL=low\n');
  expect(await firewallIsOn('linux', files)).toBe(true);
  writeFileSync(files.ufw, '# ENABLED=yes\nENABLED=no\n');
  expect(await firewallIsOn('linux', files)).toBeNull();
});

test('firewalld is on while systemd keeps its invocation, a link to nowhere', async () => {
  symlinkSync('0123456789abcdef', files.firewalld);
  expect(await firewallIsOn('linux', files)).toBe(true);
});

test('what nobody can see is unknown, never "off"', async () => {
  expect(await firewallIsOn('linux', files)).toBeNull();
  expect(await firewallIsOn('darwin', files)).toBeNull();
});
