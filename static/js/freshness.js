/** Whether the page is known to be complete; refreshes that failed are tried again. */
import { delay } from "./connection.js";

export class Freshness {
  #status;
  #again;
  #ended;
  #timer = 0;
  #failures = 0;
  #at = 0;

  constructor(status, { again, ended }) {
    this.#status = status;
    this.#again = again;
    this.#ended = ended;
  }

  get known() {
    return this.#at > 0;
  }

  /** Milliseconds since the page was last known to be complete. */
  get age() {
    return Date.now() - this.#at;
  }

  /** True when all of these refreshes succeeded. */
  async after(...refreshes) {
    try {
      await Promise.all(refreshes);
    } catch (error) {
      this.#failed(error);
      return false;
    }
    this.#failures = 0;
    this.#at = Date.now();
    this.#status.upToDate();
    return true;
  }

  #failed({ status }) {
    if (status === 401) return this.#ended();
    // What could be read before no longer can: another person's session. Not at the first try, that would go round.
    if (status === 404 && this.known) return location.reload();
    if (this.#status.state === "vivo") this.#status.show("poniendo");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#again, delay(this.#failures++));
  }
}
