export { AnswerHere } from './answer-here.tsx';
export { AtLoginCard } from './at-login-card.tsx';
export { PausedBar } from './paused-bar.tsx';
export { RoleToggle } from './role-toggle.tsx';
export { SwarmState } from './swarm-state.tsx';
