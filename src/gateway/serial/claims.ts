/**
 * Which device belongs to which port of this gateway: a device that two entries of the configuration select goes to the
 * first, and is never opened twice. Other programs are kept out by the lock that opening takes.
 * Must not know: how devices are found or opened.
 */
export class Claims {
  private readonly holders = new Map<string, string>();
  /** Who asked in vain, by device. */
  private readonly waiting = new Map<string, Set<() => void>>();

  /** True: the device is the holder's now, or was before. Else `whenFree` is called once, when it is worth asking again. */
  claim(deviceId: string, holder: string, whenFree: () => void): boolean {
    const present = this.holders.get(deviceId);
    if (present === undefined) this.holders.set(deviceId, holder);
    if (present === undefined || present === holder) return true;
    const others = this.waiting.get(deviceId) ?? new Set();
    this.waiting.set(deviceId, others.add(whenFree));
    return false;
  }

  holderOf(deviceId: string): string | undefined {
    return this.holders.get(deviceId);
  }

  release(deviceId: string, holder: string): void {
    if (this.holders.get(deviceId) !== holder) return;
    this.holders.delete(deviceId);
    const others = this.waiting.get(deviceId) ?? [];
    this.waiting.delete(deviceId);
    for (const whenFree of others) whenFree();
  }
}
