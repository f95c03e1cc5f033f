/** Words for the numbers in a trace, so that a person can review it. Must not know what the numbers lead to. */
const stateNames: readonly string[] = ['Idle', 'Waiting', 'Opening', 'Connecting', 'Connected', 'Retiring', 'Stopping'];

const eventNames: readonly string[] = [
  'None', 'Connected', 'Disconnected', 'Message', 'Chunk', 'Published', 'Dropped', 'Subscribed', 'Unsubscribed', 'Authenticate', 'StreamWanted',
];

/** By the status without its sign; '' where there is none. */
const statusNames: readonly string[] = [
  'Ok', 'BadTopic', 'BadFilter', 'BadFlags', 'BadRange', 'BadState', 'BadProperties', 'Stale', 'ByApplication', '',
  '', '', '', '', '', '', '', '', '', '',
  'NoRoom', 'NoSlot', 'NoFilterRoom', 'NoControlRoom', 'TooLarge', 'InboundTooLarge', 'InboundTooMany', '', '', '',
  'Replaced', 'Expired', 'Evicted', '', '', '', '', '', '', '',
  'Malformed', 'ProtocolError', 'Refused', 'ServerClosed', 'SessionLost', 'NotSupported', '', '', '', '',
  '', '', '', '', '', '', '', '', '', '',
  'LinkLost', 'LinkFailed', 'NoConnack', 'NoPingresp',
];

export function stateName(state: number): string {
  return stateNames[state];
}

export function eventName(event: number): string {
  return eventNames[event];
}

/** The name of a status up to 0; a handle above 0 as packet identifier and generation. */
export function resultName(result: number): string {
  if (result > 0) return handleText(result);
  const name = -result < statusNames.length ? statusNames[-result] : '';
  return name === '' ? 'Unknown' + result : name;
}

export function handleText(handle: number): string {
  return (handle & 0xffff) + '/' + (handle >>> 16);
}
