import { fileURLToPath } from 'node:url';
import test from 'ava';
import { registerTargetScenarios } from './register.js';

registerTargetScenarios(test, 'Moddable, ECMA-419 API', 2, () => ({
  name: 'Moddable, ECMA-419 API', command: process.execPath, args: [fileURLToPath(new URL('moddable/actor.js', import.meta.url))], large: 'streamed',
}));
