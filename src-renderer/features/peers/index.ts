export { MachineList } from './machine-list.tsx';
export { MachinesPage } from './machines-page.tsx';
