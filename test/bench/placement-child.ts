// A process of its own that places questions and tells the rows: a test's process has its modules rewritten, and each name of another module
// costs a call there.
import { report } from '../report.ts';
import { placementFigures } from './placement-figures.ts';

const figures = report('reliability');
const failure = ((): string | null => {
  try {
    placementFigures(figures);
    return null;
  } catch (error) {
    return String(error);
  }
})();
process.send?.({ rows: figures.rows(), failure }, () => process.exit(0));
