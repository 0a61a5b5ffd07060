export { AnswerHere } from './answer-here.tsx';
export { AtLoginCard } from './at-login-card.tsx';
export { isLeading } from './leading.ts';
export { PausedBar } from './paused-bar.tsx';
export { RoleToggle } from './role-toggle.tsx';
export { SwarmState } from './swarm-state.tsx';
