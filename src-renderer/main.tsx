import './node/no-eval.ts';
// The connection first: in Electron the ports may come before anything is drawn.
import { connection } from './node/index.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './ui/tokens.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { startWords } from './app/i18n.ts';
import { adoptTheme, stillCaret, watchWhatIsOnTop } from './ui/index.ts';

const wished = connection.getState().view?.settings.language;
startWords(wished === undefined ? navigator.languages : [wished]);
adoptTheme(document);
stillCaret(window);
watchWhatIsOnTop();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
