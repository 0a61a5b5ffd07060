// Hands two MessagePorts to the page (the node's, the desktop's) and names no endpoint.
import { ipcRenderer } from 'electron';
import { pageOrigin } from '../src-shared/page-policy.ts';

/** The DOM, as far as this file needs it: the rest of src-main must not see a DOM. */
type Port = object;
declare const window: {
  postMessage(message: unknown, origin: string, ports: Port[]): void;
  addEventListener(type: 'message', heard: (event: { source: unknown; origin: string; data: unknown }) => void): void;
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
