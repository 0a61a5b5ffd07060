// Before anything makes a schema: zod would try whether it may compile functions from text. The page's policy says no, and a refusal that
// everybody expects would hide one that nobody does.
import { config } from 'zod';

config({ jitless: true });
