// Whether a firewall is on, where anybody may see it.
import { lstat, readFile } from 'node:fs/promises';
import process from 'node:process';

/** Where a world has these two files. */
export type FirewallFiles = {
  /** ufw's own file; everybody may read it. */
  ufw: string;
  /** systemd keeps one of these for each unit that is active. */
  firewalld: string;
};

const thisWorld: FirewallFiles = { ufw: '/etc/ufw/ufw.conf', firewalld: '/run/systemd/units/invocation:firewalld.service' };

/** true: one is on. null: unknown; rules that were made by hand only root can read, other systems do not tell either. */
export async function firewallIsOn(
  platform: NodeJS.Platform = process.platform,
  files: FirewallFiles = thisWorld,
): Promise<boolean | null> {
  if (platform !== 'linux') return null;
  const text = await readFile(files.ufw, 'utf8').catch(() => '');
  if (/^\s*ENABLED\s*=\s*yes\b/im.test(text)) return true;
  const active = await lstat(files.firewalld).then(
    () => true,
    () => false,
  );
  return active ? true : null;
}
