import type { RoleActual } from '../../../src-shared/role.ts';

/** It answers others, or is about to: what the switch shows while the role is automatic. */
export function isLeading(actual: RoleActual): boolean {
  return actual.kind === 'leader' || actual.kind === 'starting';
}
