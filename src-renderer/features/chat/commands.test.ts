import { expect, test } from 'vitest';
import { commandsFor } from './commands.ts';

const all = [
  { id: 'add', label: 'Añadir un dispositivo', also: 'emparejar código' },
  { id: 'dark', label: 'Colores: Oscuro', also: 'tema' },
  { id: 'light', label: 'Colores: Claro', also: 'tema' },
];
const found = (text: string): string[] => commandsFor(text, all).map(({ id }) => id);

test('a command is found by the beginnings of its words or of others for it, in any order, without accents and capitals', () => {
  expect(found('col')).toEqual(['dark', 'light']);
  expect(found('Tema CLA')).toEqual(['light']);
  expect(found('anadir')).toEqual(['add']);
  expect(found('codigo disp')).toEqual(['add']);
});

test('one whose name begins with what was typed comes first', () => {
  const commands = [
    { id: 'model', label: 'Choose machine and model', also: '' },
    { id: 'machines', label: 'Machines', also: 'map' },
    { id: 'map', label: 'Mach-up', also: '' },
  ];
  expect(commandsFor('mach', commands).map(({ id }) => id)).toEqual(['machines', 'map', 'model']);
});

test('while nothing is typed all stand there; what is in the middle of a word, or not there, finds none', () => {
  expect([found(''), found('  ')]).toEqual([
    ['add', 'dark', 'light'],
    ['add', 'dark', 'light'],
  ]);
  expect([found('positivo'), found('tema x'), found(' : ')]).toEqual([[], [], []]);
});
