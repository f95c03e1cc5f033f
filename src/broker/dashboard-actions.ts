/*
 * What somebody with the dashboard's token may do to the broker.
 */
import { type Action, ActionError } from '../dashboard/index.js';
import type { Broker, PublishOptions } from './api.js';
import { clientsPanel } from './dashboard-layout.js';
import type { Hub } from './hub.js';
import type { QoS } from './protocol.js';
import { isTopicName } from './text.js';

export function actionsOf(broker: Broker, hub: Hub): readonly Action[] {
  return [
    {
      id: 'disconnect', label: 'Disconnect', ofTable: clientsPanel, fields: [clientField],
      run: ({ clientId }) => {
        if (!broker.disconnectClient(clientId)) throw new ActionError(`${clientId} is not connected`);
        return `${clientId} is disconnected`;
      },
    },
    {
      id: 'delete-session', label: 'Delete session', ofTable: clientsPanel, fields: [clientField],
      question: 'Delete the session of {}, with its subscriptions and the messages that wait for it?',
      run: ({ clientId }) => {
        if (!broker.deleteSession(clientId)) throw new ActionError(`${clientId} has no session`);
        return `the session of ${clientId} is deleted`;
      },
    },
    {
      id: 'publish', label: 'Publish a message', fields: [
        { id: 'topic', label: 'Topic', kind: 'text' },
        { id: 'payload', label: 'Payload', kind: 'long text' },
        { id: 'qos', label: 'QoS', kind: 'choice', choices: ['0', '1', '2'], value: '0' },
        { id: 'retain', label: 'Retain', kind: 'check' },
      ],
      run: ({ topic, payload, qos, retain }) => {
        publish(broker, { topic, payload, qos: Number(qos) as QoS, retain: retain === 'true' });
        return `published to ${topic}`;
      },
    },
    {
      id: 'clear-retained', label: 'Clear a retained message', fields: [{ id: 'topic', label: 'Topic', kind: 'text' }],
      run: ({ topic }) => {
        if (!isTopicName(topic) || hub.retained.match(topic).length === 0) throw new ActionError(`there is no retained message on "${topic}"`);
        // An empty payload clears it, and tells the subscribers. [MQTT-3.3.1-6]
        publish(broker, { topic, retain: true });
        return `the retained message on ${topic} is cleared`;
      },
    },
  ];
}

const clientField = { id: 'clientId', label: 'Client', kind: 'text' } as const;

function publish(broker: Broker, message: PublishOptions): void {
  try {
    broker.publish(message);
  } catch (thrown) {
    throw thrown instanceof RangeError ? new ActionError(thrown.message) : thrown;
  }
}
