import test from 'ava';
import { paho } from './paho.js';
import { registerConversations } from './register.js';

registerConversations(test, paho);
