export { LetInBy } from './let-in-by.tsx';
export { MemberLine } from './member-line.tsx';
export { OpenBar, OpenSwitch } from './open-swarm.tsx';
export { RecoveryCard, RecoveryReminder } from './recovery.tsx';
export { RemovedList } from './removed-list.tsx';
