// How the machines are shown, and what the person chose last.

export const shapes = ['map', 'table', 'cards'] as const;
export type Shape = (typeof shapes)[number];

const key = 'axon.machines-shape';
/** More do not fit a map that can be read. */
const mapped = 24;

/** Few machines are read faster in rows; so are very many. */
export function usualShape(count: number): Shape {
  return count <= 3 || count > mapped ? 'table' : 'map';
}

/** null: none was chosen in this window's profile */
export function chosenShape(): Shape | null {
  try {
    const kept = window.localStorage.getItem(key);
    return shapes.find((shape) => shape === kept) ?? null;
  } catch {
    return null;
  }
}

export function keepShape(shape: Shape): void {
  try {
    window.localStorage.setItem(key, shape);
  } catch {
    // Without storage it is chosen anew at the next start.
  }
}
