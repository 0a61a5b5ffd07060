import { callFailure, connection } from '../../node/index.ts';
import { Failure } from '../../../src-shared/failure.ts';
import { createCodeJoin } from './code-join.ts';

/** The joining of this window. */
export const windowCodeJoin = createCodeJoin(
  async (input, signal) => {
    const { control } = connection.getState();
    if (control === null) throw new Failure('disconnected', 'the window has no connection to its node');
    return await control.pairing.join(input, { signal });
  },
  (error) => callFailure(error).code,
);
