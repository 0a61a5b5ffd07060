import { Component } from 'react';
import type { ReactNode } from 'react';
import { Translation } from 'react-i18next';
import classes from './app.module.css';

/** React offers no function for this. A fault of the window never takes conversations with it: they live in the node. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Translation ns="window">
        {(t) => (
          <main className={classes.waiting} role="alert" data-testid="window-fault">
            <h1>{t('link.faultTitle')}</h1>
            <p>{t('link.faultText')}</p>
            <button type="button" onClick={() => location.reload()}>
              {t('link.reload')}
            </button>
          </main>
        )}
      </Translation>
    );
  }
}
