import test from 'ava';
import { registerScenarios } from './register.js';
import { mosquitto } from './servers/mosquitto.js';

registerScenarios(test, mosquitto);
