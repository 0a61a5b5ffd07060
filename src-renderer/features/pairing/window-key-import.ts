import { callFailure, connection } from '../../node/index.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { createKeyFileLeft } from './key-file-left.ts';
import { createKeyImport } from './key-import.ts';

/** What is left of the import of this window: the file. */
export const windowKeyFileLeft = createKeyFileLeft({
  fate: async () => (await connection.getState().desktop?.keyFile()) ?? 'by-hand',
  remove: async () => (await connection.getState().desktop?.removeKeyFile()) ?? 'kept',
});

/** The import of this window. */
export const windowKeyImport = createKeyImport(
  async (brought, replace) => {
    const { control, view } = connection.getState();
    if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
    // A removed device has nothing left to lose by another key.
    const anyway = replace || view?.membership.standing === 'revoked';
    if (brought.kind === 'invite') await control.invites.accept({ text: brought.text, replace: anyway });
    else await control.key.import({ content: brought.content, size: brought.size, replace: anyway });
  },
  async ({ content, size }) => {
    const { control } = connection.getState();
    if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
    return (await control.key.preview({ content, size })).fingerprint;
  },
  (error) => callFailure(error).code,
  () => void windowKeyFileLeft.taken(),
);
