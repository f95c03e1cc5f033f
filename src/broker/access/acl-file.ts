/*
 * The ACL file: who may read and write which topics, in Mosquitto's format and with Mosquitto 2's precedence:
 *   1. a client's own `topic` lines, those of its user section, or those before the first `user` line if it gave no user name;
 *   2. then the `pattern` lines, for everybody, with %c (client identifier) and %u (user name) filled in.
 * In each list `deny` comes first; the first list with a line that matches decides; what no line matches is denied.
 */
import { isTopicFilter } from '../text.js';
import { covers, matches, overlaps } from '../topic-filters.js';
import type { TextLine } from './text-file.js';
import { FileFault, readLines } from './text-file.js';

const enum Access {
  Deny = 0,
  Read = 1,
  Write = 2,
  ReadWrite = 3,
}

const accessWords: Readonly<Record<string, Access>> = { read: Access.Read, write: Access.Write, readwrite: Access.ReadWrite, deny: Access.Deny };

interface Rule {
  /** As written, `%c` and `%u` of a pattern still in it. */
  readonly filter: string;
  readonly levels: readonly string[];
  readonly access: Access;
}

/** Clients whose rules are kept at a time, and topics whose answer is kept for one. */
const clientsKeptMax = 10_000;
const answersKeptMax = 64;
/** Longer names and topics are looked up each time: clients choose them, and what is kept must stay small. */
const nameCharactersKeptMax = 256;
const topicCharactersKeptMax = 128;

export class AclFile {
  private readonly clients = new Map<string, ClientRules>();

  private constructor(
    private readonly anonymous: readonly Rule[],
    private readonly users: ReadonlyMap<string, readonly Rule[]>,
    private readonly patterns: readonly Rule[],
  ) {}

  /** Throws a FileFault. */
  static read(file: string): AclFile {
    const anonymous: Rule[] = [];
    const users = new Map<string, Rule[]>();
    const patterns: Rule[] = [];
    let section = anonymous;
    for (const line of readLines(file)) {
      const [word] = line.text.split(/\s/, 1);
      const rest = line.text.slice(word.length).trim();
      if (word === 'user') {
        if (rest === '') throw new FileFault(file, line.number, 'there is no user name; a section begins with: user <name>');
        section = users.get(rest) ?? [];
        users.set(rest, section);
      } else if (word === 'topic' || word === 'pattern') (word === 'topic' ? section : patterns).push(parseRule(file, line, word, rest));
      else throw new FileFault(file, line.number, `"${word}" begins no line; lines begin with user, topic or pattern (or # for a comment)`);
    }
    const sorted = new Map([...users].map(([userName, rules]) => [userName, denyFirst(rules)]));
    return new AclFile(denyFirst(anonymous), sorted, denyFirst(patterns));
  }

  mayRead(clientId: string, userName: string | undefined, topic: string): boolean {
    return (this.rulesFor(clientId, userName).answer(topic) & Access.Read) !== 0;
  }

  mayWrite(clientId: string, userName: string | undefined, topic: string): boolean {
    return (this.rulesFor(clientId, userName).answer(topic) & Access.Write) !== 0;
  }

  /** Whether any topic that the filter matches may be read, as far as the lines can tell. */
  maySubscribe(clientId: string, userName: string | undefined, filter: string): boolean {
    return this.rulesFor(clientId, userName).maySubscribe(filter.split('/'));
  }

  private rulesFor(clientId: string, userName: string | undefined): ClientRules {
    const key = userName === undefined ? clientId : `${clientId}\0${userName}`;
    let rules = this.clients.get(key);
    if (rules === undefined) {
      const own = userName === undefined ? this.anonymous : (this.users.get(userName) ?? []);
      rules = new ClientRules([own, filledIn(this.patterns, clientId, userName)]);
      if (key.length > nameCharactersKeptMax) return rules;
      if (this.clients.size >= clientsKeptMax) this.clients.clear();
      this.clients.set(key, rules);
    }
    return rules;
  }
}

/** What the lines say for one client, list by list. */
class ClientRules {
  private readonly answers = new Map<string, Access>();

  constructor(private readonly lists: readonly (readonly Rule[])[]) {}

  answer(topic: string): Access {
    let answer = this.answers.get(topic);
    if (answer === undefined) {
      const levels = topic.split('/');
      answer = this.decide(levels, Access.Read) | this.decide(levels, Access.Write);
      if (topic.length > topicCharactersKeptMax) return answer;
      if (this.answers.size >= answersKeptMax) this.answers.clear();
      this.answers.set(topic, answer);
    }
    return answer;
  }

  private decide(topic: readonly string[], wanted: Access): Access {
    for (const rules of this.lists) {
      for (const { levels, access } of rules) {
        if ((access !== Access.Deny && (access & wanted) === 0) || !matches(levels, topic)) continue;
        return access === Access.Deny ? Access.Deny : wanted;
      }
    }
    return Access.Deny;
  }

  maySubscribe(filter: readonly string[]): boolean {
    const denied: (readonly string[])[] = [];
    for (const rules of this.lists) {
      for (const { levels, access } of rules) {
        if (access === Access.Deny) {
          if (covers(levels, filter)) return false;
          denied.push(levels);
        } else if ((access & Access.Read) !== 0 && overlaps(levels, filter) && !denied.some((wide) => covers(wide, levels))) return true;
      }
    }
    return false;
  }
}

function parseRule(file: string, line: TextLine, word: string, rest: string): Rule {
  const [first] = rest.split(/\s/, 1);
  const behind = rest.slice(first.length).trim();
  if (first === '') throw new FileFault(file, line.number, `there is no topic; the line is: ${word} [read|write|readwrite|deny] <topic>`);
  // A word alone is a topic, even if it is "read".
  if (behind !== '' && !Object.hasOwn(accessWords, first)) {
    throw new FileFault(file, line.number, `"${first}" is no access; it is read, write, readwrite or deny`);
  }
  const filter = behind === '' ? first : behind;
  if (!isTopicFilter(filter)) {
    throw new FileFault(file, line.number, `"${filter}" is no topic filter: + fills its level, # is alone in the last one`);
  }
  return { filter, levels: filter.split('/'), access: behind === '' ? Access.ReadWrite : accessWords[first] };
}

function denyFirst(rules: readonly Rule[]): readonly Rule[] {
  return [...rules.filter(({ access }) => access === Access.Deny), ...rules.filter(({ access }) => access !== Access.Deny)];
}

function filledIn(patterns: readonly Rule[], clientId: string, userName: string | undefined): readonly Rule[] {
  // A name with a wildcard in it would open more than its own topics.
  if (/[+#]/.test(clientId) || /[+#]/.test(userName ?? '')) return [];
  return patterns
    .filter(({ filter }) => userName !== undefined || !filter.includes('%u'))
    .flatMap(({ filter, access }) => {
      const filled = filter.replace(/%[cu]/g, (mark) => (mark === '%c' ? clientId : (userName ?? '')));
      // Nor may a name reach where no wildcard does: topics that begin with $, the server's own among them.
      if (access !== Access.Deny && filled.startsWith('$') && !filter.startsWith('$')) return [];
      return [{ filter: filled, levels: filled.split('/'), access }];
    });
}
