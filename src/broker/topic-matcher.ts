/*
 * Whether one topic filter matches topics, for a viewer's choice: the answer for a topic is remembered, as most topics come
 * again and again. Subscriptions of clients are matched by subscription-tree.ts. Read first: MQTT 5.0, 4.7.
 */
import { matches } from './topic-filters.js';

const rememberedMax = 1000;
/** A longer topic is matched each time: what is remembered must stay small. */
const rememberedCharactersMax = 256;

export function createTopicMatcher(filter: string): (topic: string) => boolean {
  if (filter === '#') return (topic) => !topic.startsWith('$');
  const levels = filter.split('/');
  const remembered = new Map<string, boolean>();
  return (topic) => {
    let isMatch = remembered.get(topic);
    if (isMatch === undefined) {
      isMatch = matches(levels, topic.split('/'));
      if (topic.length > rememberedCharactersMax) return isMatch;
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(topic, isMatch);
    }
    return isMatch;
  };
}
