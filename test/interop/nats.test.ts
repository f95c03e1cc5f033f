import test from 'ava';
import { registerScenarios } from './register.js';
import { nats } from './servers/nats.js';

registerScenarios(test, nats);
