/*
 * Topic filters against topics and against each other: matches, overlaps, covers. A filter is given as its levels.
 * Knows nothing of who asks. Read first: MQTT 5.0, 4.7.
 */

/** A wildcard in the first level leaves topics that begin with '$' alone. [MQTT-4.7.2-1] */
function hiddenFrom(wildcard: string, level: string): boolean {
  return (wildcard === '#' || wildcard === '+') && level.startsWith('$');
}

export function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (hiddenFrom(filter[0], topic[0])) return false;
  for (let at = 0; at < filter.length; at++) {
    const level = filter[at];
    // `a/#` matches `a` too.
    if (level === '#') return true;
    if (at >= topic.length || (level !== '+' && level !== topic[at])) return false;
  }
  return filter.length === topic.length;
}

/** The same of a filter and a topic as they are written. */
export function topicMatches(filter: string, topic: string): boolean {
  return matches(filter.split('/'), topic.split('/'));
}

/** Whether there can be a topic that both match. */
export function overlaps(one: readonly string[], other: readonly string[]): boolean {
  if (hiddenFrom(one[0], other[0]) || hiddenFrom(other[0], one[0])) return false;
  for (let at = 0; ; at++) {
    if (one[at] === '#' || other[at] === '#') return true;
    if (at >= one.length || at >= other.length) return one.length === other.length;
    if (one[at] !== '+' && other[at] !== '+' && one[at] !== other[at]) return false;
  }
}

/** Whether `wide` matches every topic that `narrow` matches. */
export function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  if (hiddenFrom(wide[0], narrow[0])) return false;
  for (let at = 0; at < wide.length; at++) {
    if (wide[at] === '#') return true;
    // `#` and `+/#` are the same; deeper down `a/#` matches `a` too, which `a/+/#` does not.
    if (narrow[at] === '#') return at === 0 && wide[0] === '+' && wide[1] === '#';
    if (at >= narrow.length) return false;
    if (wide[at] !== '+' && wide[at] !== narrow[at]) return false;
  }
  return wide.length === narrow.length;
}
