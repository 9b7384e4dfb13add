/** A session that nobody uses ends: use renews it, and whoever may still be there is asked before. */
import { singleFlight } from "./refresh.js";

const [RENEW, LEAD, SHARE] = [20 * 60, 5 * 60, 6];
const USE = ["pointerdown", "keydown", "wheel", "touchstart"];

export class Idleness {
  #tools;
  #used = false;
  #warned = false;
  #over = false;
  #renewed;

  /** idle: seconds after which an unused session ends. tools: {ask(): Promise<Response>, warn(again | null), now()} */
  constructor(idle, tools) {
    this.#tools = tools;
    // The server renews no token that is younger than a sixth of that: what it has may end so much sooner.
    this.idle = { warn: idle - Math.min(600, idle / SHARE) - Math.min(LEAD, idle / SHARE), renew: Math.min(RENEW, idle / SHARE) };
    this.renew = singleFlight(() => this.#renew());
    this.#renewed = tools.now();
  }

  listen(target) {
    for (const event of USE) target.addEventListener(event, () => this.use(), { capture: true, passive: true });
  }

  use() {
    if (this.#over) return;
    this.#used = true;
    if (this.#warned) this.renew();
  }

  tick() {
    if (this.#over) return;
    const unused = (this.#tools.now() - this.#renewed) / 1000;
    if (this.#used && unused >= this.idle.renew) return this.renew();
    if (!this.#warned && unused >= this.idle.warn) this.#warn(true);
  }

  async #renew() {
    const at = this.#tools.now();
    const answer = await this.#tools.ask().catch(() => null);
    this.#over = [401, 403].includes(answer?.status); // then there is nothing left to stay in
    if (this.#over) return this.#warn(false);
    if (!answer?.ok) return;
    this.#renewed = at;
    this.#used = false;
    this.#warn(false);
  }

  #warn(warned) {
    this.#warned = warned;
    this.#tools.warn(warned ? () => this.renew() : null);
  }
}
