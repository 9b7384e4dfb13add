/** What time it is by the server's clock: the device's own may be hours wrong. */
const TOLERANCE = 2000; // a `Date` header has no fractions of a second, and needs its time to get here

export class ServerClock {
  #device;
  #ahead = 0;

  /** device(): what the device takes for the time, in ms since 1970; it goes on while the device sleeps. */
  constructor(device = () => Date.now()) {
    this.#device = device;
  }

  now() {
    return new Date(this.#device() + this.#ahead);
  }

  /** The server's clock said `time` (ms since 1970), `ago` ms before this moment. */
  heard(time, ago = 0) {
    const ahead = time + ago - this.#device();
    if (Math.abs(ahead - this.#ahead) > TOLERANCE) this.#ahead = ahead;
  }
}

export const serverClock = new ServerClock();

/** What the page itself tells: the server wrote the time into it when it drew it. */
export function hearPage({ ahora }, performance) {
  const received = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  serverClock.heard(Number(ahora), performance.now() - received);
}
