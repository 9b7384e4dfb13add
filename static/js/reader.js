/** Tells the desk what has arrived in this page, and what somebody really has before their eyes. */
export class Reader {
  #told = new Map();
  #tell;
  #document;

  /** `tell(event, mark)`: false where it could not be said. */
  constructor(tell, document) {
    this.#tell = tell;
    this.#document = document;
  }

  /** After a lost connection it is not known what arrived: say it again. */
  forget() {
    this.#told.clear();
  }

  async check(history) {
    if (!history?.con) return;
    const looks = !this.#document.hidden && this.#document.hasFocus();
    await this.#say("entregado", history.con, history.lastArrived);
    if (looks) await this.#say("leido", history.con, history.lastDisplayed());
  }

  async #say(event, con, hasta) {
    const key = `${event}/${con}`;
    const before = this.#told.get(key) ?? 0;
    if (hasta <= before) return;
    this.#told.set(key, hasta);
    if (!(await this.#tell(event, { con, hasta })) && this.#told.get(key) === hasta) this.#told.set(key, before);
  }
}
