/**
 * What each server is known not to do, as found in the release that Debian 12 ships. A scenario that is not listed works.
 * A test fails when something listed here has gone, too: then the row goes, and the table of src/broker/INTEROP.md is
 * printed anew (`node dist/test/interop/table.js`).
 */
import type { InteropServer, Version } from './server.js';

export interface Inability {
  /** Exactly what `play` says. */
  readonly outcome: string;
  /** Of one version only. */
  readonly version?: Version;
  /** For the table, where the outcome alone does not tell. */
  readonly note?: string;
}

type Inabilities = Readonly<Record<string, Inability>>;

export const expected: Readonly<Record<InteropServer['name'], Inabilities>> = {
  'midge broker': {},
  'Mosquitto': {
    'says in DISCONNECT that the session was taken over': { outcome: 'closes without it' },
    '300 messages of QoS 2 on their way at once': {
      outcome: 'loses some, or closes the connection', version: 4, note: 'in 3.1.1, beyond 20: acknowledges some and loses them, or closes the connection; 5.0 works',
    },
    "never exceeds the client's Receive Maximum": { outcome: 'exceeds it after an acknowledgement', note: 'sends one more after an acknowledgement' },
    'a backlog of QoS 2 goes to a client with Receive Maximum 4': { outcome: 'sends more at once', note: 'sends more at once; it arrives, once each, over several connections' },
  },
  'NATS': {
    'speaks MQTT 5.0': { outcome: 'refuses it in CONNACK' },
    'publishes at QoS 2': { outcome: 'closes the connection' },
    'receives at QoS 2, any bytes': { outcome: 'grants QoS 1' },
    'keeps the order of 300 messages at QoS 2': { outcome: 'closes the connection' },
    '300 messages of QoS 2 on their way at once': { outcome: 'loses some, or closes the connection', note: 'closes the connection' },
    'sends again, with DUP, what was not acknowledged': { outcome: 'not again', note: 'not before its `ack_wait`, 30 s' },
    'QoS 2 across ten cut connections: nothing lost, nothing twice': { outcome: 'grants QoS 1' },
    'a payload of 1 MiB at QoS 2': { outcome: 'closes the connection' },
    'topics with full stops': { outcome: 'refuses without a reason', note: 'refuses the subscription' },
    'topics with spaces, * and >, and letters beyond ASCII': { outcome: 'refuses without a reason', note: 'refuses the subscription with a space' },
    '# and + leave out topics that begin with $': { outcome: '+/a gets $b/a' },
    'shared subscriptions (an extension in 3.1.1)': { outcome: 'takes $share for a topic like any other' },
    'session: resumed, with the messages of QoS 2 in order': { outcome: 'closes the connection' },
  },
  'RabbitMQ': {
    'speaks MQTT 5.0': { outcome: 'closes the connection' },
    'publishes at QoS 2': { outcome: 'breaks the protocol', note: 'answers PUBLISH of QoS 2 with PUBACK' },
    'receives at QoS 2, any bytes': { outcome: 'grants QoS 1' },
    'keeps the order of 300 messages at QoS 2': { outcome: 'breaks the protocol', note: 'answers PUBLISH of QoS 2 with PUBACK' },
    '300 messages of QoS 2 on their way at once': { outcome: 'loses some, or closes the connection', note: 'answers PUBLISH of QoS 2 with PUBACK' },
    'QoS 2 across ten cut connections: nothing lost, nothing twice': { outcome: 'grants QoS 1' },
    'a payload of 1 MiB at QoS 2': { outcome: 'breaks the protocol', note: 'answers PUBLISH of QoS 2 with PUBACK' },
    'topics with full stops': { outcome: 'a.b comes as a/b' },
    'topics with spaces, * and >, and letters beyond ASCII': { outcome: 'breaks the protocol', note: 'delivers a*b as a+b, which no topic may be' },
    '# and + leave out topics that begin with $': { outcome: '+/a gets $b/a' },
    'a subscription made again replaces the first': { outcome: '2 copies of one message', note: 'with another QoS both stay, and each delivers' },
    'shared subscriptions (an extension in 3.1.1)': { outcome: 'takes $share for a topic like any other' },
    'retained: a filter with wildcards gets all that match': { outcome: '0 of 3', note: 'none for a filter with wildcards' },
    'session: resumed, with the messages of QoS 2 in order': { outcome: 'breaks the protocol', note: 'answers PUBLISH of QoS 2 with PUBACK' },
  },
};

/** What a scenario must come to with a server in a version. */
export function expectedOutcome(server: InteropServer['name'], title: string, version: Version): string | undefined {
  const inability = expected[server][title];
  return inability === undefined || (inability.version ?? version) !== version ? undefined : inability.outcome;
}
