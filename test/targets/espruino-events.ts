/**
 * Espruino's events, for a vm context: every object has `on`, `emit` and `removeListener`, handlers stand in fields named `#on…`, and run when the
 * interpreter is idle, one after another. An error in one is printed and ends nothing. Must not know what emits.
 */
import vm from 'node:vm';

type Handler = (this: unknown, ...values: unknown[]) => void;

export class Idle {
  private readonly queue: (() => void)[] = [];
  private isScheduled = false;
  private isOff = false;

  constructor(private readonly complain: (text: string) => void) {}

  /** Runs when all that was queued before has run. */
  later(action: () => void): void {
    this.queue.push(action);
    if (this.isScheduled || this.isOff) return;
    this.isScheduled = true;
    setImmediate(() => { this.turn(); });
  }

  /** Nothing runs any more. */
  off(): void {
    this.isOff = true;
  }

  private turn(): void {
    this.isScheduled = false;
    if (this.isOff) return;
    for (const action of this.queue.splice(0)) if (!this.isOff) this.guarded(action);
  }

  guarded(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.complain(`Uncaught ${thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown)}`);
    }
  }

  emit(object: object, event: string, values: readonly unknown[]): void {
    const handlers = handlersOf(object, event);
    for (const handler of handlers) this.later(() => { handler.apply(object, [...values]); });
  }

  /** Gives every object of the context its methods, as Espruino's own prototype of objects has them. */
  install(context: vm.Context): void {
    const prototype = vm.runInContext('Object.prototype', context) as object;
    const methods: Record<string, Handler> = {
      on(event, handler) { add(this as object, String(event), handler as Handler); },
      emit: emitter(this),
      removeListener(event, handler) { remove(this as object, String(event), handler as Handler); },
      removeAllListeners(event) {
        const names = event === undefined ? Object.keys(this as object).filter((name) => name.startsWith(field(''))) : [field(event as string)];
        for (const name of names) Reflect.deleteProperty(this as object, name);
      },
    };
    for (const [name, method] of Object.entries(methods)) {
      Object.defineProperty(prototype, name, { value: method, enumerable: false, writable: true, configurable: true });
    }
  }
}

function emitter(idle: Idle): Handler {
  return function emit(event, ...values) { idle.emit(this as object, String(event), values); };
}

function field(event: string): string {
  return `#on${event}`;
}

function handlersOf(object: object, event: string): Handler[] {
  const held = (object as Record<string, Handler | Handler[] | undefined>)[field(event)];
  return held === undefined ? [] : typeof held === 'function' ? [held] : [...held];
}

function set(object: object, event: string, handlers: Handler[]): void {
  const fields = object as Record<string, unknown>;
  if (handlers.length === 0) Reflect.deleteProperty(fields, field(event));
  else fields[field(event)] = handlers.length === 1 ? handlers[0] : handlers;
}

export function add(object: object, event: string, handler: Handler): void {
  set(object, event, [...handlersOf(object, event), handler]);
}

function remove(object: object, event: string, handler: Handler): void {
  set(object, event, handlersOf(object, event).filter((held) => held !== handler));
}
