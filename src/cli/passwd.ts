/**
 * `midge passwd`: makes and changes password files, with the options of mosquitto_passwd.
 * Must not know how a broker uses them; the format is in src/broker/access/README.md.
 */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { type HashKind, hashKinds, hashPassword, parseHash, pbkdf2IterationsDefault, pbkdf2IterationsMax, scramIterationsDefault, scramIterationsMin, scramNameFault } from '../broker/access/index.js';
import { addCommand, option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { integerValue, unreadable, unwritable } from './values.js';

interface PasswdValues {
  batch?: boolean;
  create?: boolean;
  delete?: boolean;
  upgrade?: boolean;
  hash?: HashKind;
  scram?: boolean;
  iterations?: number;
}

const kindsText = `${hashKinds.slice(0, -1).join(', ')} or ${hashKinds.at(-1)}`;

export function addPasswd(program: Command): void {
  addCommand(program, 'passwd', 'make and change password files for midge broker and Mosquitto', '[options] <file> [user [password]]', `Without -b the password is asked for, or read as one line from standard input.
Entries with sha512-pbkdf2 work with Mosquitto too. Those with scram-sha-256 serve clients that authenticate with SCRAM-SHA-256
and clients that send their password; they look as PostgreSQL's do, and a client computes as many rounds as -I says.

Examples:
  midge passwd -c users alice
  midge passwd -b users bob secret
  midge passwd --scram users carol
  midge passwd -D users bob
  midge passwd -U plain-text-users`)
    .argument('<file>', 'the password file')
    .argument('[user]', 'the user to add, change or delete')
    .argument('[password...]', 'the password, with -b')
    .option('-b, --batch', 'take the password from the command line, where others may see it')
    .option('-c, --create', 'make a new file; one that is there is replaced')
    .option('-D, --delete', 'delete the user')
    .option('-U, --upgrade', 'hash the passwords of a file that has them in plain text')
    .addOption(option('-H, --hash <kind>', `how to hash: ${kindsText} (default: sha512-pbkdf2)`, kindValue))
    .option('--scram', 'the same as -H scram-sha-256')
    .addOption(option('-I, --iterations <count>', `rounds of sha512-pbkdf2 (default: ${pbkdf2IterationsDefault}) or scram-sha-256 (default: ${scramIterationsDefault})`, integerValue(1, pbkdf2IterationsMax)))
    .action((file: string, user: string | undefined, passwords: string[], values: PasswdValues) => {
      if (passwords.length > 1) throw new UsageError('there is more behind the password; quote a password that has spaces');
      return change(file, user, passwords[0], values);
    });
}

function kindValue(text: string, name: string): HashKind {
  const kind = hashKinds.find((known) => known === text);
  if (kind === undefined) throw new UsageError(`${name} is "${text}"; it must be ${kindsText}`);
  return kind;
}

async function change(file: string, user: string | undefined, password: string | undefined, values: PasswdValues): Promise<void> {
  checkUse(user, password, values);
  if (values.upgrade === true) {
    await upgrade(file, values);
    return;
  }
  const name = user!;
  const lines = values.create === true ? [] : linesOf(file);
  const at = lines.findIndex((line) => userOf(line) === name);
  if (values.delete === true) {
    if (at < 0) throw new Failure(`there is no user "${name}" in "${file}"`);
    lines.splice(at, 1);
  } else {
    const entry = `${name}:${await hashOf(name, password ?? (await readPassword()), values)}`;
    if (at < 0) lines.push(entry);
    else lines[at] = entry;
  }
  write(file, lines);
}

/** What -H and --scram say. */
function kindOf({ hash, scram }: PasswdValues): HashKind {
  if (scram !== true) return hash ?? 'sha512-pbkdf2';
  if (hash !== undefined && hash !== 'scram-sha-256') throw new UsageError(`-H ${hash} and --scram both say how to hash; give one of them`);
  return 'scram-sha-256';
}

function checkUse(user: string | undefined, password: string | undefined, values: PasswdValues): void {
  const { batch, create, delete: remove, upgrade: hashAll, iterations } = values;
  const kind = kindOf(values);
  if (hashAll === true) {
    if (user !== undefined || batch === true || create === true || remove === true) throw new UsageError('-U takes a file and nothing else than -H, --scram and -I');
  } else {
    if (user === undefined) throw new UsageError('there is no user; give the file and then the user');
    const wrong = user === '' ? 'it is empty' : user.startsWith('#') ? 'it begins with #, as a comment does' : /[:\p{Cc}]/u.test(user) ? 'it holds ":" or a control character' : user !== user.trim() ? 'white space is around it' : '';
    if (wrong !== '') throw new UsageError(`the user "${user}" cannot stand in a password file: ${wrong}`);
    if (Buffer.byteLength(user) > 65535) throw new UsageError('the user has more than 65535 bytes, which MQTT cannot send');
    if (create === true && remove === true) throw new UsageError('-c makes a new file, from which -D has nothing to delete; give one of them');
    if (batch === true && remove === true) throw new UsageError('-b is for the password, which -D does not need');
    if (batch === true && password === undefined) throw new UsageError('-b needs the password behind the user');
    if (batch !== true && password !== undefined) throw new UsageError('a password on the command line, where others may see it, needs -b');
    if (password !== undefined) checkPassword(password);
  }
  if (iterations === undefined) return;
  if (kind === 'scrypt') throw new UsageError('-I is for sha512-pbkdf2 and scram-sha-256');
  if (kind === 'scram-sha-256' && iterations < scramIterationsMin) {
    throw new UsageError(`-I is ${iterations}; for scram-sha-256 it must be at least ${scramIterationsMin} (RFC 7677)`);
  }
}

function checkPassword(password: string): string {
  const bytes = Buffer.byteLength(password);
  if (bytes === 0) throw new UsageError('the password is empty');
  if (bytes > 65535) throw new UsageError(`the password has ${bytes} bytes; MQTT sends at most 65535`);
  return password;
}

async function hashOf(user: string, password: string, values: PasswdValues): Promise<string> {
  const kind = kindOf(values);
  const bytes = Buffer.from(password);
  if (kind !== 'scram-sha-256') return hashPassword(kind, bytes, values.iterations);
  const fault = scramNameFault(user);
  if (fault !== undefined) throw new UsageError(`the user "${user}" cannot have a SCRAM hash: ${fault}`);
  try {
    return await hashPassword(kind, bytes, values.iterations);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new UsageError(`the password of user "${user}" cannot be used with SCRAM: ${wordsOf(thrown)}`);
    throw thrown;
  }
}

/** Lines of plain text get a hash; those that have one keep it. */
async function upgrade(file: string, values: PasswdValues): Promise<void> {
  const lines = linesOf(file);
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('#') || line.trim() === '') continue;
    const user = userOf(line);
    if (user === undefined) throw new Failure(`${file}:${at + 1}: there is no ":"; a line is user:password`);
    const text = line.slice(line.indexOf(':') + 1);
    if (typeof parseHash(text) !== 'string') continue;
    if (text === '') throw new Failure(`${file}:${at + 1}: the password of user "${user}" is empty`);
    lines[at] = `${user}:${await hashOf(user, text, values)}`;
  }
  write(file, lines);
}

function userOf(line: string): string | undefined {
  const colon = line.indexOf(':');
  return line.startsWith('#') || colon < 0 ? undefined : line.slice(0, colon);
}

function linesOf(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  } catch (thrown) {
    const hint = (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? '; make it with -c' : '';
    throw new UsageError(`${unreadable(file, thrown)}${hint}`);
  }
}

/** In one step, so that a broker that reads it meanwhile sees the old file or the new one. A new file is for its owner alone. */
function write(file: string, lines: readonly string[]): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' });
    if (existsSync(file)) chmodSync(beside, statSync(file).mode);
    renameSync(beside, file);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw new Failure(unwritable(file, thrown));
  }
}

/** From the terminal, unseen and twice; else the first line of standard input. */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return checkPassword((await ask('')) ?? '');
  const first = await ask('Password: ');
  const again = await ask('Reenter password: ');
  if (first !== again) throw new Failure('the two passwords differ; nothing has been changed');
  return checkPassword(first ?? '');
}

function ask(question: string): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => { done(); } });
  process.stderr.write(question);
  const reader = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  return new Promise((resolve, reject) => {
    let line: string | undefined;
    reader.once('SIGINT', () => { reject(new Failure('ended; nothing has been changed')); reader.close(); });
    reader.once('line', (text) => { line = text; reader.close(); });
    reader.once('close', () => {
      if (question !== '') process.stderr.write('\n');
      resolve(line);
    });
  });
}
