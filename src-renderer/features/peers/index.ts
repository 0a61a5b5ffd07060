export { AddAddress } from './add-address.tsx';
export { MachineList } from './machine-list.tsx';
export { MachinesPage } from './machines-page.tsx';
export type { QuestionRoute } from './machines.ts';
