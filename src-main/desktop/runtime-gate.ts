/** Electron majors below this one get no security fixes any more (reliability note, section 2). */
export const minimumElectron = 45;

/** warn: say so and go on (a clone, or our own test of packaging). refuse: a release must not run on it. */
export function runtimeGate(electron: string, packaged: boolean, allowOld: boolean): 'fine' | 'warn' | 'refuse' {
  if (Number(electron.split('.')[0]) >= minimumElectron) return 'fine';
  return packaged && !allowOld ? 'refuse' : 'warn';
}
