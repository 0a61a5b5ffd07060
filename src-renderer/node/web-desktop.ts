import type { SecretRequest } from '../../src-shared/control.ts';
import { Failure, failureShape, toFailure } from '../../src-shared/failure.ts';
import { openableUrl } from '../../src-shared/openable-url.ts';
import { zipOf } from '../../src-shared/zip.ts';
import type { DesktopClient } from './link.ts';
import { download } from './download.ts';

const clipboardMs = 60_000;

/**
 * What stands for the desktop in a browser tab. Secrets (the key, invites, the recovery code) pass through memory only, on their way
 * to a file or the clipboard: they are never put into the page. An invite's picture is.
 */
export function webDesktop(target: Window, session: string): DesktopClient {
  const secret = async (request: SecretRequest): Promise<Response> => {
    const response = await fetch('/secret', {
      method: 'POST',
      headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      cache: 'no-store',
    });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  const copy = async (response: Response): Promise<void> => {
    const text = await response.text();
    await target.navigator.clipboard.writeText(text);
    target.setTimeout(() => void clearIfStill(target, text), clipboardMs);
  };
  const save = async (response: Response, name: string): Promise<boolean> => {
    download(await response.blob(), name, target);
    return true;
  };
  return {
    // a browser has no tray that could ask
    // the class that oRPC's client answers with is not exported; only its iteration is used
    wishes: async () => nothing() as unknown as Awaited<ReturnType<DesktopClient['wishes']>>,
    saved: async () => undefined,
    saveKey: async () => await save(await secret({ kind: 'key' }), 'swarm.key'),
    copyKey: async () => await copy(await secret({ kind: 'key' })),
    // a page learns of no file where it lies
    keyFile: async () => 'by-hand',
    removeKeyFile: async () => 'kept',
    saveInvite: async ({ id }) => await save(await secret({ kind: 'invite', id }), 'swarm.axon-invite'),
    copyInvite: async ({ id }) => await copy(await secret({ kind: 'invite', id })),
    invitePicture: async ({ id }) => await (await secret({ kind: 'invite-picture', id })).text(),
    saveRecovery: async () => await save(await secret({ kind: 'recovery' }), 'axon-recovery.txt'),
    saveLedger: async () => await save(await secret({ kind: 'ledger' }), 'axon-ledger.csv'),
    // a page that is there is told by itself; notifications of a browser would need a permission that nobody asked for
    tell: async () => undefined,
    saveReport: async ({ files }) => {
      download(new Blob([zipOf(files) as Uint8Array<ArrayBuffer>], { type: 'application/zip' }), 'axon-report.zip', target);
      return true;
    },
    // a page in a browser can neither show a folder nor be started at login
    openFolder: async () => false,
    autostart: async () => null,
    setAutostart: async () => {
      throw new Failure('not-allowed', 'A browser is not started at login by a page.');
    },
    askAutostart: async () => false,
    declineAutostart: async () => undefined,
    hotkey: async () => null,
    setHotkey: async () => {
      throw new Failure('not-allowed', 'A page in a browser cannot take keys.');
    },
    updates: async () => null,
    checkUpdates: async () => undefined,
    restartToUpdate: async () => false,
    zoom: async () => null,
    setZoom: async () => {
      throw new Failure('not-allowed', 'The zoom of a browser is set in the browser.');
    },
    // its node would take the page with it: `axon reset` there
    resetData: async () => false,
    quit: async () => {
      throw new Failure('not-allowed', 'A page in a browser does not end the node.');
    },
    openLink: async ({ url }) => {
      const address = openableUrl(url);
      if (address === null) throw new Failure('not-allowed', 'This kind of address is not opened.');
      target.open(address, '_blank', 'noopener,noreferrer');
    },
  };
}

async function* nothing(): AsyncGenerator<never, void, void> {}

/** The door words its refusals as failures where it knows more than a status. */
async function refusal(response: Response): Promise<Failure> {
  const shape = failureShape.safeParse(await response.json().catch(() => null));
  if (shape.success) return toFailure(shape.data);
  const code = response.status === 401 || response.status === 403 ? 'not-allowed' : response.status === 404 ? 'not-found' : 'internal';
  return new Failure(code, `the secret was not handed out (${response.status})`);
}

async function clearIfStill(target: Window, text: string): Promise<void> {
  try {
    if ((await target.navigator.clipboard.readText()) === text) await target.navigator.clipboard.writeText('');
  } catch {
    // Reading needs a permission that people seldom give; then clear only while the page has the focus.
    if (target.document.hasFocus()) await target.navigator.clipboard.writeText('').catch(() => undefined);
  }
}
