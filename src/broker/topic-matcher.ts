/*
 * Whether one topic filter matches topics, for a viewer's choice: the answer for a topic is remembered, as most topics come
 * again and again. Subscriptions of clients are matched by subscription-tree.ts. Read first: MQTT 5.0, 4.7.
 */

const rememberedMax = 1000;
/** A longer topic is matched each time: what is remembered must stay small. */
const rememberedCharactersMax = 256;

export function createTopicMatcher(filter: string): (topic: string) => boolean {
  if (filter === '#') return (topic) => !topic.startsWith('$');
  const levels = filter.split('/');
  const remembered = new Map<string, boolean>();
  return (topic) => {
    let matches = remembered.get(topic);
    if (matches === undefined) {
      matches = topicMatches(levels, topic.split('/'));
      if (topic.length > rememberedCharactersMax) return matches;
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(topic, matches);
    }
    return matches;
  };
}

function topicMatches(filter: readonly string[], topic: readonly string[]): boolean {
  // A filter that begins with a wildcard leaves topics that begin with '$' alone. [MQTT-4.7.2-1]
  if ((filter[0] === '#' || filter[0] === '+') && topic[0].startsWith('$')) return false;
  for (let at = 0; at < filter.length; at++) {
    // '#' also stands for its parent level. [MQTT-4.7.1-2]
    if (filter[at] === '#') return true;
    if (at === topic.length || (filter[at] !== '+' && filter[at] !== topic[at])) return false;
  }
  return filter.length === topic.length;
}
