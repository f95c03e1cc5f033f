/**
 * The options of a client, as a program writes them. Types only. Must not know: sockets, the core's buffers.
 *
 * Read first: README.md of this folder. Changes together with options.ts (ranges and defaults).
 */
import type { Duplex } from 'node:stream';

/** Properties of MQTT 5.0 by name; each packet allows its own, and a property that it does not allow is refused by name. */
export interface PacketProperties {
  payloadFormatIndicator?: boolean;
  /** Seconds. Of an outbound publish use `expiryS`, which also drops what is still queued. */
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  /** Received messages only; several when several subscriptions matched. */
  subscriptionIdentifier?: number | number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: boolean;
  willDelayInterval?: number;
  requestResponseInformation?: boolean;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: boolean;
  /** Names may repeat, and the order counts. */
  userProperties?: [name: string, value: string][];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifierAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
}

export type Qos = 0 | 1 | 2;

export interface WillOptions {
  topic: string;
  payload?: string | Uint8Array;
  qos?: Qos;
  retain?: boolean;
  /** 5.0: seconds between the loss of the connection and the will. */
  delayS?: number;
  properties?: PacketProperties;
}

export interface TlsOptions {
  /** PEM text or DER bytes of the authorities to trust; default: those of Node. */
  ca?: string | Buffer | (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  /** Name for SNI and for the check of the certificate; default: the host. */
  servername?: string;
  /** Default true. False accepts any certificate: for tests only. */
  rejectUnauthorized?: boolean;
  /** For example ['mqtt']. */
  alpnProtocols?: string[];
}

export interface WebSocketOptions {
  /** Default '/mqtt', or the path of the URL. */
  path?: string;
  headers?: Record<string, string>;
  /** Largest frame to accept, 1 to 268,435,456 bytes; default 16,777,216. */
  maxPayloadBytes?: number;
}

/** Capacities, each fixed when the client is made. Figures of `client.memory()` follow from them. */
export interface BufferOptions {
  /** Receive buffer: larger messages come as chunks. Default 32,768. */
  receiveBytes?: number;
  /** CONNECT, SUBSCRIBE and acknowledgements on their way. Default 4,096. */
  controlBytes?: number;
  /** Publishes from acceptance to the end of their handshake. Default 65,536. */
  outboxBytes?: number;
  /** Publishes in the outbox at once. Default 1,024. */
  outboxMessages?: number;
  /** QoS 1 and 2 publishes on their way at once. Default 256. */
  inFlightMax?: number;
  /** Subscriptions. Default 64. */
  subscriptions?: number;
  /** Bytes of their filters, each its length + 3. Default 4,096. */
  filterBytes?: number;
  /** Each of the two buffers between core and socket. Default 32,768. */
  transmitBytes?: number;
  /** Buffer that the TCP socket reads into. Default 65,536. */
  linkReadBytes?: number;
  /** Properties of one outbound packet. Default 4,096. */
  propertyBytes?: number;
}

export interface AuthenticationOptions {
  method: string;
  /** Authentication data of CONNECT; a function is asked at every attempt. */
  data?: Uint8Array | (() => Uint8Array);
  /** Answers the server's AUTH: returns the data of the next AUTH, or throws to give up. */
  respond?: (data: Uint8Array | null) => Uint8Array | null | Promise<Uint8Array | null>;
  /** Looks at the server's last word, in CONNACK or in AUTH: throws, at once, to end a connection before anything is sent over it. */
  verify?: (data: Uint8Array | null) => void;
}

export interface ReconnectOptions {
  /** First and longest pause; each is drawn from 0 to twice the last. Defaults 1,000 and 60,000. */
  minMs?: number;
  maxMs?: number;
}

export interface ClientOptions {
  /** mqtt://, mqtts://, ws:// or wss://; user name, password, host, port and (WebSocket) path may stand in it. */
  url?: string;
  /** Instead of `url`: a TCP or TLS link. Default 'localhost', and 1883, or 8883 with TLS. */
  host?: string;
  port?: number;
  /** True or options: TLS. */
  tls?: boolean | TlsOptions;
  /** True or options: WebSocket, over TLS if `tls` is set. */
  ws?: boolean | WebSocketOptions;

  /** Instead of `url` and `host`: makes the byte stream of each connection, which is open when it is returned. */
  stream?: () => Duplex;

  /** 5 (MQTT 5.0, the default) or 4 (3.1.1). */
  protocolVersion?: 4 | 5;
  /** Default: 'midge' and 12 random hexadecimal digits. '' lets the server assign one. */
  clientId?: string;
  username?: string;
  password?: string | Uint8Array;
  will?: WillOptions;
  /** Default true. False asks for the session kept under this client identifier, which must then be given. */
  cleanStart?: boolean;
  /** Default 60; 0 turns it off. */
  keepAliveS?: number;
  /** Default 20,000: from the attempt to CONNACK. */
  connectTimeoutMs?: number;
  /** Default 10,000: from PINGREQ to PINGRESP. */
  pingTimeoutMs?: number;
  /** Default: on. False: the first failure or loss is the end. */
  reconnect?: boolean | ReconnectOptions;
  /** Inbound QoS 1 and 2 messages not yet acknowledged. Default 256. */
  receiveMaximum?: number;
  /** Default 'at-end': when the handlers have returned. 'by-application': when `message.acknowledge()` is called. */
  acknowledge?: 'at-once' | 'at-end' | 'by-application';
  buffers?: BufferOptions;

  /** 5.0: seconds the session outlives the connection; 0 (default) ends with it; Infinity: for ever. */
  sessionExpiryS?: number;
  /** 5.0: largest packet to accept; 0 (default): any, larger messages come as chunks. */
  maximumPacketBytes?: number;
  /** 5.0: topic aliases the server may use. Default 0. */
  topicAliasMaximum?: number;
  /** 5.0: topic aliases this client uses by itself. Default 0. */
  topicAliasesOut?: number;
  /** 5.0: longest topic with an alias, in bytes. Default 64. */
  aliasTopicBytes?: number;
  /** 5.0: of CONNECT. */
  userProperties?: [name: string, value: string][];
  /** 5.0: of every SUBSCRIBE and UNSUBSCRIBE. */
  subscribeProperties?: Pick<PacketProperties, 'userProperties'>;
  requestResponseInformation?: boolean;
  requestProblemInformation?: boolean;
  authentication?: AuthenticationOptions;
  /** 5.0: go to the server that a refusal or DISCONNECT (0x9C, 0x9D) names. Default false. */
  followServerReference?: boolean;
}
