import test from 'ava';
import { mosquittoTools } from './mosquittoTools.js';
import { registerConversations } from './register.js';

registerConversations(test, mosquittoTools);
