/**
 * Tells which devices a selector finds, now and whenever that changes. Needs no udev: folders are read once a second, and
 * at once when the system says that a folder has changed; a folder that does not exist yet is waited for.
 * Must not know: what is done with a device.
 */
import { type FSWatcher, watch } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type Selector, selected } from './selector.js';

export interface Device {
  readonly path: string;
  /** One device has one, whatever the name it is reached by. A device that was plugged in again has another where the system shows it. */
  readonly id: string;
}

export type DevicesOf = (selector: Selector) => Promise<readonly Device[]>;

/** The character devices that a selector finds in the file system. */
export const devicesOf: DevicesOf = async (selector) => {
  let names: string[];
  try {
    names = await readdir(selector.folder);
  } catch {
    return [];
  }
  const found: Device[] = [];
  for (const name of selected(selector, names)) {
    const path = posix.join(selector.folder, name);
    try {
      const target = await realpath(path);
      const { rdev, ino, ctimeMs } = await stat(target);
      // A path to something else is let through: opening it says what is wrong.
      found.push({ path, id: rdev === 0 ? `${target}:${ino}:${ctimeMs}` : `${rdev}:${ino}` });
    } catch {
      // Gone since the folder was read, or a link whose target is gone.
    }
  }
  return found;
};

interface Watched {
  readonly selector: Selector;
  readonly changed: (devices: readonly Device[]) => void;
  /** What was told last. */
  seen: string;
}

const enum Pace {
  ScanMs = 1000,
  /** A device is named by several links, one after the other. */
  SettleMs = 20,
}

export class DeviceWatch {
  private readonly watched = new Set<Watched>();
  private readonly folders = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | null = null;
  private isScanning = false;
  private isEnded = false;
  private scanAgain = false;

  constructor(private readonly find: DevicesOf = devicesOf, private readonly scanMs: number = Pace.ScanMs) {}

  /** Calls `changed` soon with what there is, and again at each change. The result ends that. */
  add(selector: Selector, changed: (devices: readonly Device[]) => void): () => void {
    const one: Watched = { selector, changed, seen: 'never' };
    this.watched.add(one);
    this.plan(0);
    return () => {
      this.watched.delete(one);
    };
  }

  /** Looks now, for who has a reason to think that something has changed. */
  look(): void {
    this.plan(0);
  }

  end(): void {
    this.isEnded = true;
    this.watched.clear();
    if (this.timer !== null) clearTimeout(this.timer);
    for (const watcher of this.folders.values()) watcher.close();
    this.folders.clear();
  }

  private plan(waitMs: number): void {
    if (this.isEnded) return;
    if (this.isScanning) {
      this.scanAgain ||= waitMs < this.scanMs;
      return;
    }
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.scan(), waitMs);
  }

  private async scan(): Promise<void> {
    this.isScanning = true;
    this.scanAgain = false;
    this.watchFolders();
    for (const one of [...this.watched]) {
      const devices = await this.find(one.selector);
      const seen = JSON.stringify(devices);
      if (!this.watched.has(one) || seen === one.seen) continue;
      one.seen = seen;
      one.changed(devices);
    }
    this.isScanning = false;
    this.plan(this.scanAgain ? Pace.SettleMs : this.scanMs);
  }

  private watchFolders(): void {
    const wanted = new Set([...this.watched].map((one) => one.selector.folder));
    for (const [folder, watcher] of this.folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.folders.delete(folder);
    }
    for (const folder of wanted) {
      if (this.folders.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (event) => { if (event === 'rename') this.plan(Pace.SettleMs); });
        const forget = (): void => {
          watcher.close();
          if (this.folders.get(folder) === watcher) this.folders.delete(folder);
        };
        watcher.on('error', forget);
        this.folders.set(folder, watcher);
      } catch {
        // The folder is not there (no device has a name in it), or too many are watched: the scan each second finds out.
      }
    }
  }
}
