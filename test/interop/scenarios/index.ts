/** All scenarios, in the order of the table. */
import type { Scenario } from '../scenario.js';
import { connecting } from './connecting.js';
import { delivering } from './delivering.js';
import { keeping } from './keeping.js';
import { subscribing } from './subscribing.js';
import { version5 } from './version5.js';

export const scenarios: readonly Scenario[] = [...connecting, ...delivering, ...subscribing, ...keeping, ...version5];
