// Reads one file beside the page, so that no file, however it is made, holds the window up; read-file.ts ends it when it takes too long.
import { readContent, type FromWorker } from './read-content.ts';

self.addEventListener('message', (event: MessageEvent<Blob>) => {
  void readContent(event.data)
    .catch(() => ({ refused: 'unreadable' as const }))
    .then((content) => self.postMessage({ content } satisfies FromWorker));
});
