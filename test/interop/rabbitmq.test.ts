import test from 'ava';
import { registerScenarios } from './register.js';
import { rabbitMq } from './servers/rabbitmq.js';

registerScenarios(test, rabbitMq);
