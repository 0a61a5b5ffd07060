// The unit tests alone, without tiers: what mutation testing runs for each mutant. AXON_MUTATION names the room.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const room = process.env['AXON_MUTATION'] ?? '*';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: [`src-main/${room}/**/*.test.ts`],
    environment: 'node',
    testTimeout: 30_000,
    restoreMocks: true,
  },
});
