// Secrets for the owner's own hands. Whoever calls this has shown that it is the owner: the desktop's main process, or a token's holder.
import { renderSVG } from 'uqr';
import type { SecretRequest } from '../../src-shared/control.ts';
import { ledgerCsv, type Ledger } from '../store/ledger.ts';
import type { Membership } from './membership.ts';

export function secrets(parts: { members: Membership; ledger: Ledger }): (request: SecretRequest) => Promise<string> {
  const { members, ledger } = parts;
  const tell = ({ kind, id = '' }: SecretRequest): string => {
    switch (kind) {
      case 'key':
        return members.keyText();
      case 'invite':
        return members.inviteText(id);
      case 'invite-picture':
        return renderSVG(members.inviteText(id), { border: 4 });
      case 'recovery':
        return members.actions.newRecovery();
      case 'ledger':
        return ledgerCsv(ledger.page({ limit: Number.POSITIVE_INFINITY }));
    }
  };
  return async (request) => tell(request);
}
