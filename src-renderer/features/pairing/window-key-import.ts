import { callFailure, connection } from '../../node/index.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { createKeyImport } from './key-import.ts';

/** The key import of this window. */
export const windowKeyImport = createKeyImport(
  async (input) => {
    const { control } = connection.getState();
    if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
    await control.key.import(input);
  },
  (error) => callFailure(error).code,
);
