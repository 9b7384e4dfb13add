/** What the pages of one browser agree on: who sends just now, and that something has changed. */
const LEASE = 8000;
const [RENEW, LOOK, SETTLE] = [2000, 250, 40];

export class Tabs {
  #locks;
  #channel;
  #storage;
  #key;
  #me = String(Math.random());

  /** place: {navigator, BroadcastChannel, localStorage, addEventListener}; `heard()` when another page changed something. */
  constructor(name, place, heard) {
    this.#locks = place.navigator?.locks;
    this.#storage = place.localStorage;
    this.#key = `cambio/${name}`;
    if (place.BroadcastChannel) {
      this.#channel = new place.BroadcastChannel(this.#key);
      this.#channel.onmessage = () => heard();
    } else {
      place.addEventListener("storage", ({ key }) => key === this.#key && heard());
    }
  }

  tell() {
    if (this.#channel) this.#channel.postMessage(1);
    else this.#write(this.#key, `${this.#me} ${Date.now()}`);
  }

  /** Nothing of it stays behind. */
  close() {
    if (this.#channel) this.#channel.close();
    else this.#write(this.#key, null);
  }

  /** Runs `work` while no other page of this browser runs one of the same name. */
  turn(name, work) {
    return this.#locks ? this.#locks.request(`salida/${name}`, work) : this.#lease(`turno/${name}`, work);
  }

  // Without locks (plain http) a lease: whoever wrote last and still stands there after a moment has it.
  async #lease(key, work) {
    while (!(await this.#take(key))) await sleep(LOOK * (1 + Math.random()));
    const renewal = setInterval(() => this.#claim(key), RENEW);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      if (this.#holder(key) === this.#me) this.#write(key, null);
    }
  }

  async #take(key) {
    const holder = this.#holder(key);
    if (holder && holder !== this.#me) return false;
    if (!this.#claim(key)) return true;
    await sleep(SETTLE);
    return this.#holder(key) === this.#me;
  }

  #claim(key) {
    return this.#write(key, `${this.#me} ${Date.now() + LEASE}`);
  }

  #holder(key) {
    const [who, until] = (this.#storage?.getItem(key) ?? "").split(" ");
    return Number(until) > Date.now() ? who : null;
  }

  #write(key, value) {
    try {
      if (value === null) this.#storage.removeItem(key);
      else this.#storage.setItem(key, value);
      return true;
    } catch {
      return false;
    }
  }
}

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
