export { AnswerHere } from './answer-here.tsx';
export { RoleToggle } from './role-toggle.tsx';
export { SwarmState } from './swarm-state.tsx';
