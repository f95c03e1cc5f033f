/** Mode client from its settings in gateway.toml. Must not know: files, defaults of other modes. */
import type { ClientSettings } from '../client/client-board.js';
import type { Field } from '../client/fields.js';
import type { PublishRule } from '../client/publish-rule.js';
import type { Subscription } from '../client/subscription.js';
import { readTemplate, type Template } from '../client/template.js';
import { type Common, passwordOf, tlsOf } from './credentials.js';
import type { PortValues } from './gateway-settings.js';
import { contentOf } from './port-settings.js';

const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** `clientId`: where the port names none. */
export function clientMode(port: PortValues, common: Common, url: string, clientId: string): ClientSettings {
  const isV5 = common.mqtt !== '3.1.1';
  const tls = tlsOf(common);
  const { frames, frameBytesMax, lineEnd, recordBytes = 0, recordStart = '' } = port;
  return {
    client: {
      url, clientId: port.clientId ?? clientId, protocolVersion: isV5 ? 5 : 4, cleanStart: false, keepAliveS: common.keepAliveSeconds ?? 30,
      username: common.userName, password: passwordOf(common), ...(/^(mqtts|wss):/.test(url) ? { tls } : {}),
      ...(isV5 ? { sessionExpiryS: common.sessionExpirySeconds ?? 86_400 } : {}),
    },
    framing: { kind: frames, frameBytesMax, lineEnd: lineEnds[lineEnd], recordBytes, recordStart: Buffer.from(recordStart, 'hex') },
    publish: port.publish.map((rule) => ruleOf(rule, frames)),
    subscribe: port.subscribe.map(subscriptionOf),
    status: port.status ?? null,
  };
}

function ruleOf(rule: PortValues['publish'][number], frames: string): PublishRule {
  const { match, topic, payload, text = '', qos, retain, keepLatest } = rule;
  return {
    content: contentOf(rule, frames), match: match ?? null, fields: rule.fields.map(fieldOf),
    topic: templateOf(topic), payload, text: templateOf(text), qos: qos as 0 | 1, retain, keepLatest,
  };
}

function subscriptionOf({ filter, qos, content = 'text', fields, text }: PortValues['subscribe'][number]): Subscription {
  return { filter, qos: qos as 0 | 1, content, fields: fields.map(fieldOf), text: text === undefined ? null : templateOf(text) };
}

function fieldOf({ name, type, at = 0, bytes = 0, path = name, scale }: PortValues['publish'][number]['fields'][number]): Field {
  return { name, type: type ?? null, at, bytes, path: path.split('.'), scale: scale === undefined ? null : Number(scale) };
}

/** The declaration lets no other text come here. */
function templateOf(source: string): Template {
  const template = readTemplate(source);
  if (template === null) throw new Error(`no template: ${source}`);
  return template;
}
