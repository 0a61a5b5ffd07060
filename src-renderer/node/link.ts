import type { ContractRouterClient } from '@orpc/contract';
import type { ControlClient } from '../../src-shared/control.ts';
import type { Desktop } from '../../src-shared/desktop.ts';

export type DesktopClient = ContractRouterClient<Desktop>;

/** One live connection to the node and to whatever stands for the desktop. */
export type Link = {
  control: ControlClient;
  desktop: DesktopClient;
  /** Resolves once, when the connection is gone; never rejects. */
  closed: Promise<void>;
  close: () => void;
};

/** Gives the next link: waits until there is one, rejects when this attempt failed. */
export type LinkSource = () => Promise<Link>;

/** The session is over and trying again cannot help: the window has to be opened anew (a fresh one-time token). */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
}
