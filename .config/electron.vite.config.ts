// Builds the app into out/: main (ESM: the app, the node's process, the engine's child, the command line), preload (CommonJS,
// since sandboxed preloads are not modules) and the window.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...names: string[]): string => path.join(root, ...names);
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };

// One build runs on Electron 45 and on the stand-in (Electron 33: Node 20.18, Chrome 130), so syntax newer than that is lowered.
const nodeTarget = 'node20.18';
const chromeTarget = 'chrome130';

/** KaTeX names each font in three formats. Every browser that this window runs in reads the first one, so the others do not ship. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform: (code, id) =>
      /katex(\.min)?\.css$/.test(id)
        ? { code: code.replaceAll(/,\s*url\([^)]+\.(?:woff|ttf)\)\s*format\("[^"]+"\)/g, ''), map: null }
        : null,
  };
}

export default defineConfig({
  main: {
    define: { __AXON_VERSION__: JSON.stringify(version) },
    build: {
      target: nodeTarget,
      outDir: at('out', 'main'),
      sourcemap: true,
      rollupOptions: {
        input: {
          main: at('src-main', 'main.ts'),
          utility: at('src-main', 'utility.ts'),
          cli: at('src-main', 'cli.ts'),
          'engine-child': at('src-main', 'engine', 'embedded', 'child.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: nodeTarget,
      outDir: at('out', 'preload'),
      rollupOptions: { input: { preload: at('src-main', 'preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: at('src-renderer'),
    base: './',
    plugins: [react(), onlyWoff2()],
    // Its build for browsers looks names like &amp; up by writing a model's text into innerHTML, which the page's policy refuses; the other
    // one has a table.
    resolve: { alias: { 'decode-named-character-reference': at('node_modules', 'decode-named-character-reference', 'index.js') } },
    // a worker fetches what it needs when it needs it, as the page does
    worker: { format: 'es' },
    build: {
      target: chromeTarget,
      outDir: at('out', 'renderer'),
      emptyOutDir: true,
      minify: true,
      // A font within the style sheet would be a data: address, which the page's policy refuses.
      assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
      rollupOptions: { input: at('src-renderer', 'index.html') },
    },
  },
});
