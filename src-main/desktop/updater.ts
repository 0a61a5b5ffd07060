// electron-updater as an Updater: over https alone, from the place that the build names, verified by the digest that is announced there.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AppUpdater, ProgressInfo, UpdateInfo } from 'electron-updater';
import { parse } from 'yaml';
import { z } from 'zod';
import { UpdateFailure, type Updater } from './updating.ts';

const notesLength = 5000;
/** Everybody's: the id of its own that the library would make and send tells machines apart. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** SHA-512 in base64. */
const digest = z.string().regex(/^[A-Za-z0-9+/]{86}==$/);

export type UpdaterParts = {
  /** The one for this system: electron-updater's autoUpdater. */
  updater: AppUpdater;
  /** That module's, to stop a download by. */
  CancellationToken: new () => NonNullable<Parameters<AppUpdater['downloadUpdate']>[0]>;
  /** Putting it in place takes the password of an administrator: then only when the person says so. */
  asksForRoot?: boolean;
};

/** Takes the library's updater over: nothing happens but what is asked of it here. */
export function appUpdater({ updater, CancellationToken, asksForRoot = false }: UpdaterParts): Updater {
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.logger = null;
  updater.requestHeaders = { 'x-user-staging-id': nobody };
  updater.isUserWithinRollout = () => true;
  // redirections too
  updater.netSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !url.startsWith('https:') }));
  // what goes wrong is thrown by the calls as well; an error event that nobody hears would end the process
  updater.on('error', () => {});
  return {
    async check(channel) {
      updater.allowPrerelease = channel === 'beta';
      const result = await updater.checkForUpdates().catch(fail);
      if (result?.isUpdateAvailable !== true) return null;
      const { version, files } = result.updateInfo;
      // the library takes a file without one as it comes
      if (!files.every(({ sha512 }) => digest.safeParse(sha512).success))
        throw new UpdateFailure('refused', `${version} is announced without a digest`);
      return { version, notes: notesOf(result.updateInfo) };
    },
    async download(progress, signal) {
      const token = new CancellationToken();
      const tell = ({ percent }: ProgressInfo): void => progress(percent / 100);
      const stop = (): void => token.cancel();
      signal.addEventListener('abort', stop, { once: true });
      updater.on('download-progress', tell);
      // it looks at this when the file is there
      updater.autoInstallOnAppQuit = !asksForRoot;
      try {
        await updater.downloadUpdate(token).catch(fail);
      } catch (error) {
        updater.autoInstallOnAppQuit = false;
        throw error;
      } finally {
        updater.off('download-progress', tell);
        signal.removeEventListener('abort', stop);
      }
    },
    installOnQuit(wanted) {
      updater.autoInstallOnAppQuit = wanted && !asksForRoot;
    },
  };
}

/** Puts what lies ready in place and starts it, once the node has ended. @returns false: that did not work, and the app still runs */
export function installNow(updater: AppUpdater): boolean {
  let fine = true;
  const failed = (): void => void (fine = false);
  updater.on('error', failed);
  // once is enough
  updater.autoInstallOnAppQuit = false;
  updater.quitAndInstall(true, true);
  updater.off('error', failed);
  return fine;
}

function fail(error: unknown): never {
  const { code, message } = z
    .object({ code: z.string().optional(), message: z.string() })
    .catch({ message: String(error) })
    .parse(error);
  // the rest of it is a stack, or the server's page
  const line = message.split('\n')[0] ?? '';
  if (code === 'ERR_CHECKSUM_MISMATCH') throw new UpdateFailure('refused', line);
  if (/^net::ERR_(?!BLOCKED_BY_CLIENT)|^HttpError|ENOTFOUND|ECONN|ETIMEDOUT/.test(message)) throw new UpdateFailure('unreachable', line);
  throw new UpdateFailure('other', line);
}

/** The place's own words as plain text: on some they are HTML. */
export function plainNotes(notes: string): string {
  const text = notes
    .replaceAll(/<(?:br|\/p|\/li|\/h\d)[^>]*>/gi, '\n')
    .replaceAll(/<li[^>]*>/gi, '- ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name] ?? '')
    .replaceAll(/\n\s*\n\s*/g, '\n\n');
  return text.trim().slice(0, notesLength);
}

function notesOf({ releaseNotes }: UpdateInfo): string {
  if (releaseNotes === null || releaseNotes === undefined) return '';
  return plainNotes(typeof releaseNotes === 'string' ? releaseNotes : releaseNotes.map(({ note }) => note ?? '').join('\n\n'));
}

const source = z.union([
  z.object({
    provider: z.literal('github'),
    owner: z.string(),
    repo: z.string(),
    host: z.undefined(),
    protocol: z.literal('https').optional(),
  }),
  z.object({ provider: z.literal('generic'), url: z.url({ protocol: /^https$/ }) }),
]);

/** What the build left beside the app: whether it names a place that updates are taken from, and the mark of an installer. */
export function installedFacts(resources: string, env: NodeJS.ProcessEnv): { source: boolean; installed: boolean; signed: boolean } {
  const read = (name: string): string | null => {
    const file = path.join(resources, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
  const named = source.safeParse(parse(read('app-update.yml') ?? '')).success;
  const about = z.object({ signed: z.boolean() }).safeParse(JSON.parse(read('app.asar/package.json') ?? 'null'));
  return {
    source: named,
    installed: read('package-type') !== null || Boolean(env['APPIMAGE']),
    signed: about.success && about.data.signed,
  };
}
