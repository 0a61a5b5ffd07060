// Models that members have downloaded to this machine from another one: only whom an admin gave the permission `models`, only while this
// machine leads, only for the engine that it leads with, and few at once.
import type { ModelDownload } from '../../src-shared/download.ts';
import { Failure } from '../../src-shared/failure.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { ServedModels } from '../jobs/ports.ts';
import type { Downloads } from './downloads.ts';
import type { Leading } from './leading.ts';
import type { LocalEngines } from './local-engines.ts';
import type { Membership } from './membership.ts';

/** Not done yet, of all members together: the owner's own ones find room beside them. */
const mostAtOnce = 2;

export type ModelsForOthersOptions = {
  members: Pick<Membership, 'mayManageModels' | 'nameOf'>;
  lead: Pick<Leading, 'engine'>;
  settings: () => Settings;
  downloads: Pick<Downloads, 'list' | 'start'>;
  engines: Pick<LocalEngines, 'suggest'>;
};

/** Fails with not-permitted, not-allowed, rate-limited, and as Downloads.start does. */
export function modelsForOthers({ members, lead, settings, downloads, engines }: ModelsForOthersOptions): ServedModels {
  const theirs = () => downloads.list().filter(({ askedBy }) => askedBy !== undefined);
  return async ({ get }, from) => {
    if (!members.mayManageModels(from)) throw new Failure('not-permitted', 'That device may not manage the models of this machine.');
    if (lead.engine() === null) throw new Failure('not-allowed', 'This machine does not answer for others.');
    if (get !== undefined) {
      if (get.engine !== settings().engine) throw new Failure('not-allowed', 'This machine runs another engine.');
      await downloads.start(get, { peerId: from, name: members.nameOf(from) }, () => {
        if (theirs().filter(({ state }) => state !== 'done').length >= mostAtOnce)
          throw new Failure('rate-limited', `Not more than ${mostAtOnce} downloads for others at once.`);
      });
    }
    // why one failed is said by its code: the words may name folders of this machine
    const said = (one: ModelDownload): ModelDownload =>
      one.failure === null ? one : { ...one, failure: { code: one.failure.code, message: '' } };
    return { suggested: await engines.suggest(), downloads: theirs().flatMap((one) => (one.askedBy?.peerId === from ? said(one) : [])) };
  };
}
