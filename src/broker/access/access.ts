/*
 * Access control of a broker from a password file, an ACL file or a back end: makes the hooks of BrokerOptions, and reads
 * the files again when told. Formats and precedence: README.md beside this file.
 */
import type { AccessRequest, AuthenticateResult, AuthorizeDeliveryHook, BrokerOptions, ClientInfo, ConnectRequest } from '../api.js';
import type { ProtocolVersion } from '../protocol.js';
import { ReasonCode } from '../protocol.js';
import { AclFile } from './acl-file.js';
import type { BackEndAnswer, BackEndStats, Question } from './back-end.js';
import { BackEnd } from './back-end.js';
import { PasswordFile, TooBusy } from './password-file.js';
import { scramExchange, scramSha256 } from './scram.js';
import { ScramFileUsers } from './scram-users.js';
import { FileFault } from './text-file.js';

export interface AccessOptions {
  /** Users and hashes, see README.md. Not together with `authUrl`. */
  readonly passwordFile?: string;
  /** Who may read and write what. Default: everything is allowed, or what the back end says. */
  readonly aclFile?: string;
  /** http: or https: address of a back end that is asked. */
  readonly authUrl?: string;
  /** How long the back end may take, 1 to 60000 ms, default 3000. */
  readonly authTimeoutMs?: number;
  /** How long an answer of the back end is kept unless it says otherwise, 0 to 86400 s, default 30. */
  readonly authCacheSeconds?: number;
  /** Clients without a user name are let in from everywhere, even where there is a password file or a back end. Default false. */
  readonly allowAnonymous?: boolean;
  /** Hears, in words, that the back end gave no answer; what was asked for has been denied. */
  readonly backEndFailed?: (reason: string) => void;
  /** Hears, in words, of users that came with SCRAM and have an entry from which it cannot let them in. */
  readonly scramUnusable?: (reason: string) => void;
}

/** What `reload` did with one file. */
export interface Reloaded {
  readonly file: string;
  /** Why the file was not taken: what was read before stays in force. */
  readonly fault?: FileFault;
}

export interface ReloadResult {
  readonly files: readonly Reloaded[];
  /** Users that are gone or have another password. */
  readonly changedUsers: ReadonlySet<string>;
}

export type AccessHooks = Pick<BrokerOptions, 'authenticate' | 'authenticationMethods' | 'authorize' | 'authorizeDelivery' | 'allowAnonymous'>;

export class Access {
  private passwords: PasswordFile | undefined;
  private acl: AclFile | undefined;
  private readonly backEnd: BackEnd | undefined;
  private readonly scramUsers = new ScramFileUsers(() => this.passwords!, (reason) => this.options.scramUnusable?.(reason));

  /** Reads the files. Throws a FileFault, or a TypeError or RangeError that names a wrong option. */
  constructor(private readonly options: AccessOptions) {
    checkAccessOptions(options);
    const { passwordFile, aclFile, authUrl, authTimeoutMs = 3000, authCacheSeconds = 30 } = options;
    if (passwordFile !== undefined) this.passwords = PasswordFile.read(passwordFile);
    if (aclFile !== undefined) this.acl = AclFile.read(aclFile);
    if (authUrl !== undefined) {
      const failed = (reason: string): void => options.backEndFailed?.(reason);
      this.backEnd = new BackEnd({ url: authUrl, timeoutMs: authTimeoutMs, cacheSeconds: authCacheSeconds }, failed);
    }
  }

  /** Options for `createBroker`. */
  get hooks(): AccessHooks {
    const hooks: { -readonly [Name in keyof AccessHooks]: AccessHooks[Name] } = { allowAnonymous: this.options.allowAnonymous };
    if (this.passwords !== undefined || this.backEnd !== undefined) hooks.authenticate = (request) => this.authenticate(request);
    if (this.passwords !== undefined) hooks.authenticationMethods = { [scramSha256]: (request) => scramExchange(this.scramUsers, request) };
    if (this.acl !== undefined || this.backEnd !== undefined) {
      hooks.authorize = Object.assign((request: AccessRequest, version: ProtocolVersion) => this.authorize(request, version), { rules: () => this.acl });
    }
    if (this.acl !== undefined) {
      const mayRead: AuthorizeDeliveryHook = (clientId, userName, topic) => this.acl!.mayRead(clientId, userName, topic);
      hooks.authorizeDelivery = Object.assign(mayRead, { rules: () => this.acl });
    }
    return hooks;
  }

  get backEndStats(): Readonly<BackEndStats> | undefined {
    return this.backEnd?.stats;
  }

  /** Reads the files again and forgets the back end's answers. A file that cannot be used leaves what was read before in force. */
  reload(): ReloadResult {
    const { passwordFile, aclFile } = this.options;
    const files: Reloaded[] = [];
    let changedUsers: ReadonlySet<string> = new Set();
    const attempt = (file: string | undefined, read: (file: string) => void): void => {
      if (file === undefined) return;
      try {
        read(file);
        files.push({ file });
      } catch (thrown) {
        if (!(thrown instanceof FileFault)) throw thrown;
        files.push({ file, fault: thrown });
      }
    };
    attempt(passwordFile, (file) => {
      const passwords = PasswordFile.read(file);
      changedUsers = passwords.changedSince(this.passwords!);
      this.passwords = passwords;
    });
    attempt(aclFile, (file) => {
      this.acl = AclFile.read(file);
    });
    this.backEnd?.forget();
    return { files, changedUsers };
  }

  /**
   * Says why a client that `before` let in would not be let in now, in words that follow "as"; undefined if it would be. A password
   * is not kept, so whoever gave one to somebody else than who judges now has to give it again. One back end stands for another.
   */
  reviewSince(before: Access): (client: Pick<ClientInfo, 'userName' | 'transport' | 'isTrusted'>) => string | undefined {
    const changed = this.passwords === undefined || before.passwords === undefined ? undefined : this.passwords.changedSince(before.passwords);
    const isJudged = this.passwords !== undefined || this.backEnd !== undefined;
    return ({ userName, transport, isTrusted }) => {
      if (transport === 'internal') return undefined;
      const isLetIn = this.options.allowAnonymous === true || (!isJudged && isTrusted);
      if (!isJudged) return isLetIn ? undefined : 'clients of other machines are no longer let in without a password';
      if (userName === undefined && isLetIn) return undefined;
      const wasAsked = before.backEnd !== undefined && (userName !== undefined || before.options.allowAnonymous !== true);
      if (this.backEnd !== undefined) return wasAsked ? undefined : 'a back end that has not been asked says now who is let in';
      if (userName === undefined) return 'clients without a user name are no longer let in';
      if (changed === undefined) return 'its password has not been checked by the password file';
      return changed.has(userName) ? `user ${userName} has been changed` : undefined;
    };
  }

  /** As `close`, as soon as the back end has answered what it has been asked: another takes over, and nobody is turned away. */
  retire(): void {
    this.backEnd?.retire();
  }

  /** Ends the connections to the back end. */
  close(): void {
    this.backEnd?.close();
  }

  private authenticate(request: ConnectRequest): AuthenticateResult | Promise<AuthenticateResult> {
    const { userName, password } = request;
    if (userName === undefined && this.options.allowAnonymous === true) return true;
    if (this.backEnd !== undefined) {
      const answer = this.backEnd.ask(connectQuestion(request));
      return answer instanceof Promise ? answer.then(resultOf) : resultOf(answer);
    }
    if (userName === undefined) return { reasonCode: ReasonCode.NotAuthorized };
    if (password === undefined) return false;
    const right = this.passwords!.check(userName, password);
    if (!(right instanceof Promise)) return right;
    return right.catch((thrown) => {
      if (thrown instanceof TooBusy) return { reasonCode: ReasonCode.ServerBusy };
      throw thrown;
    });
  }

  private authorize(request: AccessRequest, version: ProtocolVersion): boolean | Promise<boolean> {
    const { action, clientId, userName, topic } = request;
    if (this.acl !== undefined) {
      if (action === 'publish') return this.acl.mayWrite(clientId, userName, topic);
      // In 3.1.1 Mosquitto grants any subscription and delivers what may be read; clients of it rely on that.
      return version === 4 || this.acl.maySubscribe(clientId, userName, topic);
    }
    const { qos, retain } = request;
    const answer = this.backEnd!.ask({ action, clientId, userName: userName ?? null, topic, qos, retain });
    return answer instanceof Promise ? answer.then(({ allow }) => allow) : answer.allow;
  }
}

function resultOf({ allow, reasonString }: BackEndAnswer): AuthenticateResult {
  if (allow) return true;
  return reasonString === undefined ? false : { reasonCode: ReasonCode.BadUserNameOrPassword, reasonString };
}

function connectQuestion(request: ConnectRequest): Question {
  const { clientId, version, userName, password, transport, remoteAddress } = request;
  const common = { action: 'connect', clientId, userName: userName ?? null, version: version === 5 ? '5.0' : '3.1.1', transport, remoteAddress };
  if (password === undefined) return { ...common, password: null };
  const text = Buffer.from(password).toString();
  // A password is bytes; those that are no text go in base64.
  return Buffer.from(text).equals(password) ? { ...common, password: text } : { ...common, passwordBase64: Buffer.from(password).toString('base64') };
}

function checkAccessOptions({ passwordFile, authUrl, authTimeoutMs, authCacheSeconds }: AccessOptions): void {
  if (authUrl !== undefined) {
    if (passwordFile !== undefined) throw new TypeError('access: passwordFile and authUrl both say who is let in; give one of them');
    const url = URL.canParse(authUrl) ? new URL(authUrl) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new TypeError(`access: authUrl is "${authUrl}", it must begin with http:// or https://`);
  }
  checkNumber('authTimeoutMs', authTimeoutMs, 1, 60_000);
  checkNumber('authCacheSeconds', authCacheSeconds, 0, 86_400);
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (value >= min && value <= max)) return;
  throw new RangeError(`access: ${name} is ${value}, it must be a number from ${min} to ${max}`);
}
