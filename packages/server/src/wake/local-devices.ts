/** The devices that are connected to this instance. */
import type { ConnectedDevices } from "./push-gateway.ts";

export class LocalDevices implements ConnectedDevices {
  /** A device that connects again has two sessions for a moment. */
  readonly #sessions = new Map<string, number>();

  arrived(device: string): void {
    this.#sessions.set(device, (this.#sessions.get(device) ?? 0) + 1);
  }

  left(device: string): void {
    const left = (this.#sessions.get(device) ?? 0) - 1;
    if (left > 0) this.#sessions.set(device, left);
    else this.#sessions.delete(device);
  }

  has(device: string): boolean {
    return this.#sessions.has(device);
  }

  all(): Iterable<string> {
    return this.#sessions.keys();
  }

  areConnected(devices: readonly string[]): Promise<readonly boolean[]> {
    return Promise.resolve(devices.map((device) => this.has(device)));
  }

  async close(): Promise<void> {
    this.#sessions.clear();
  }
}
