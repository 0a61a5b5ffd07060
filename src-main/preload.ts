// Hands two MessagePorts to the page (the node's, the desktop's) and names no endpoint. Tells main, and not the page, where a file lies
// that the person brings.
import { ipcRenderer, webUtils } from 'electron';
import { pageOrigin } from '../src-shared/page-policy.ts';

/** The DOM, as far as this file needs it: the rest of src-main must not see a DOM. */
type Port = object;
type Files = ArrayLike<Parameters<typeof webUtils.getPathForFile>[0]> | null | undefined;
type Bringing = { isTrusted: boolean; dataTransfer?: { files: Files } | null; target: { files?: Files } | null };
declare const window: {
  postMessage(message: unknown, origin: string, ports: Port[]): void;
  addEventListener(type: 'message', heard: (event: { source: unknown; origin: string; data: unknown }) => void): void;
  addEventListener(type: 'drop' | 'change', heard: (event: Bringing) => void, capture: true): void;
};

let pageIsReady = false;
let waiting: Port[] | null = null;

function hand(ports: Port[]): void {
  // our page is the only one that this window ever shows; were it another, the browser would drop the message and its ports
  window.postMessage({ axon: 'ports' }, pageOrigin, ports);
}

ipcRenderer.on('ports', (event) => {
  if (pageIsReady) hand([...event.ports]);
  else waiting = [...event.ports];
});

window.addEventListener('message', (event) => {
  if (event.source !== window || event.origin !== pageOrigin || (event.data as { axon?: unknown } | null)?.axon !== 'ready') return;
  pageIsReady = true;
  if (waiting !== null) hand(waiting);
  waiting = null;
});

// A page can neither make an event that is trusted nor a File with a path. It may delete what it dropped the key with (desktop/key-file.ts).
for (const type of ['drop', 'change'] as const)
  window.addEventListener(
    type,
    ({ isTrusted, dataTransfer, target }) => {
      const files = type === 'drop' ? dataTransfer?.files : target?.files;
      const [file] = files?.length === 1 ? [files[0]] : [];
      if (isTrusted && file !== undefined) ipcRenderer.send('brought', webUtils.getPathForFile(file));
    },
    true,
  );
