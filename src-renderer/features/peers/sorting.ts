// The order of the table. Pure.
import type { Machine } from './machines.ts';

export const columns = ['machine', 'processor', 'memory', 'graphics', 'work', 'models', 'latency', 'version'] as const;
export type Column = (typeof columns)[number];
/** null: as `machines` puts them */
export type Order = { column: Column; descending: boolean } | null;

/** What a column is sorted by; null: unknown. */
function valueOf(machine: Machine, column: Column): number | string | null {
  const { hardware } = machine;
  switch (column) {
    case 'machine':
      return machine.name;
    case 'processor':
      return hardware?.load ?? null;
    case 'memory':
      return hardware?.ram.freeMb ?? hardware?.ram.totalMb ?? null;
    case 'graphics': {
      const own = hardware?.gpus.map(({ vramFreeMb, vramMb }) => vramFreeMb ?? vramMb).filter((mb) => mb !== null) ?? [];
      return own.length === 0 ? null : Math.max(...own);
    }
    case 'work':
      return machine.running === null ? null : machine.running + (machine.waiting ?? 0);
    case 'models':
      return machine.models.length === 0 ? null : machine.models.length;
    case 'latency':
      return machine.self ? 0 : machine.latencyMs;
    case 'version':
      return machine.version;
  }
}

/** Sorted by one column; what is unknown stands last, whichever way. Equal ones keep their order. */
export function sorted(list: readonly Machine[], order: Order): Machine[] {
  if (order === null) return [...list];
  const { column, descending } = order;
  return list.toSorted((one, other) => {
    const [a, b] = [valueOf(one, column), valueOf(other, column)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const by = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    return descending ? -by : by;
  });
}

/** A press on the head of a column: what most want first, the other way, and no order of its own again. */
export function nextOrder(order: Order, column: Column): Order {
  const first = column !== 'machine' && column !== 'latency' && column !== 'version';
  if (order?.column !== column) return { column, descending: first };
  return order.descending === first ? { column, descending: !first } : null;
}
