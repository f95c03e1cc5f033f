import test from 'ava';
import { registerScenarios } from './register.js';
import { reference } from './servers/reference.js';

registerScenarios(test, reference);
