/**
 * What a serial link of the default configuration occupies, counted like a client. Must not know how the map is shown.
 * Changes together with `Link` and `Channel` in src/link/link.ts.
 */
import { createLinkConfig, type LinkConfig } from '../link/index.js';
import { loadBuild, mapOf, type MapWords, type MemoryMap } from './memoryMap.js';

interface LinkBuild {
  createLink(config: LinkConfig): object | null;
}

const channels = ['Mqtt', 'Control', 'Log', 'Agent'] as const;
const sendBytes = { Mqtt: 'mqttSendBytes', Control: 'messages of the link itself', Log: 'logSendBytes', Agent: 'agentSendBytes' } as const;
const frames = { Mqtt: 'mqttFrames', Control: 'messages of the link itself', Log: 'logFrames', Agent: 'agentFrames' } as const;

const words: MapWords<LinkConfig> = {
  noun: 'link',
  buffers: {
    out: { name: 'output buffer', purpose: 'frameBytes: the frame that is leaving' },
    pool: { name: 'receive pool', purpose: 'frameBytes for each frame that may wait, and two more', rowBytes: ({ frameBytes }) => frameBytes },
    rows: { name: 'frames on their way', purpose: 'eight at most, a row each', rowBytes: () => 32 },
    heldSlots: { name: 'frames held', purpose: 'frames that came before the one expected next' },
    free: { name: 'free slots', purpose: 'slots of the pool that are free' },
    slotFrom: { name: 'slot begins', purpose: 'where the payload in each slot begins' },
    slotTo: { name: 'slot ends', purpose: 'where it ends' },
    slotChannel: { name: 'slot channels', purpose: 'whose it is' },
    nonces: { name: 'nonces', purpose: 'of both sides' },
    masks: { name: 'check masks', purpose: 'of HELLO and both directions' },
    scratch: { name: 'scratch', purpose: 'an acknowledgement, a HELLO or a check that is being made' },
    record: { name: 'message', purpose: 'a message of the control channel that is being made' },
    ...Object.fromEntries(channels.flatMap((channel, at) => [
      [`channels.${at}.ring`, { name: `send, ${channel}`, purpose: `${sendBytes[channel]}: accepted, and not yet acknowledged` }],
      [`channels.${at}.ready`, { name: `to read, ${channel}`, purpose: `${frames[channel]}: slots in order` }],
    ])),
  },
  structs: {
    '': ['link struct', 'state of session, frames, times and the present event'],
    'config': ['configuration', 'capacities and times; may lie in flash'],
    'channels': ['channels', 'one for each'],
    ...Object.fromEntries(channels.map((channel, at) => [`channels.${at}`, [`channel ${channel}`, 'where its bytes and frames stand'] as const])),
  },
};

/** `es5Code`: the link's build in module form with full field names. */
export function linkMemoryMap(es5Code: string): MemoryMap {
  const config = createLinkConfig();
  return mapOf(loadBuild<LinkBuild>(es5Code).createLink(config), config, words);
}
