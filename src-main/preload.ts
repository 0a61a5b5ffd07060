// Hands two MessagePorts to the page (the node's, the desktop's) and names no endpoint.
import { ipcRenderer } from 'electron';

/** The DOM, as far as this file needs it: the rest of src-main must not see a DOM. */
type Port = object;
declare const window: {
  location: { origin: string };
  postMessage(message: unknown, origin: string, ports: Port[]): void;
  addEventListener(type: 'message', heard: (event: { source: unknown; data: unknown }) => void): void;
};

let pageIsReady = false;
let waiting: Port[] | null = null;

function hand(ports: Port[]): void {
  // app:// pages are the only ones that this window ever shows; the target origin says so once more
  window.postMessage({ axon: 'ports' }, window.location.origin, ports);
}

ipcRenderer.on('ports', (event) => {
  if (pageIsReady) hand([...event.ports]);
  else waiting = [...event.ports];
});

window.addEventListener('message', (event) => {
  if (event.source !== window || (event.data as { axon?: unknown } | null)?.axon !== 'ready') return;
  pageIsReady = true;
  if (waiting !== null) hand(waiting);
  waiting = null;
});
