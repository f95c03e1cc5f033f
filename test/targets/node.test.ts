import { fileURLToPath } from 'node:url';
import test from 'ava';
import { registerTargetScenarios } from './register.js';

registerTargetScenarios(test, 'Node', 2, () => ({
  name: 'Node', command: process.execPath, args: [fileURLToPath(new URL('node-actor.js', import.meta.url))], large: 'streamed',
}));
