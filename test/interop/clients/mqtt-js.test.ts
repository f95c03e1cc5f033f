import test from 'ava';
import { mqttJs } from './mqttJs.js';
import { registerConversations } from './register.js';

registerConversations(test, mqttJs);
