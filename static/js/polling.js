/** Where the socket cannot be had but the desk answers: asking every few seconds, until the socket is back. */
const PATIENCE = 4000;
const [SEEN, HIDDEN] = [5000, 30000];

export class Polling {
  #tools;
  #timer = 0;
  #lost = false;
  on = false;

  /** tools: {ask(): Promise<boolean>, changed(), hidden(), later?} */
  constructor(tools) {
    this.#tools = { later: (work, wait) => setTimeout(work, wait), ...tools };
  }

  /** The socket is gone: give it a moment, then go on without it. Harmless to repeat. */
  lost() {
    if (this.#lost) return;
    this.#lost = true;
    this.#wait(PATIENCE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#lost = this.on = false;
  }

  #wait(time) {
    clearTimeout(this.#timer);
    this.#timer = this.#tools.later(() => this.#turn(), time);
  }

  async #turn() {
    const answered = await this.#tools.ask();
    if (!this.#lost) return;
    const changed = answered !== this.on;
    this.on = answered;
    if (changed || answered) this.#tools.changed();
    this.#wait(this.#tools.hidden() ? HIDDEN : SEEN);
  }
}
