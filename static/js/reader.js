/** Marks a conversation as read, but only what somebody really has before their eyes. */
export class Reader {
  #told = new Map();
  #tell;
  #document;

  constructor(tell, document) {
    this.#tell = tell;
    this.#document = document;
  }

  /** After a lost connection it is not known what arrived: say it again. */
  forget() {
    this.#told.clear();
  }

  async check(history) {
    if (!history?.con || this.#document.hidden || !this.#document.hasFocus()) return;
    const { con } = history;
    const hasta = history.lastDisplayed();
    const before = this.#told.get(con) ?? 0;
    if (hasta <= before) return;
    this.#told.set(con, hasta);
    if (!(await this.#tell({ con, hasta })) && this.#told.get(con) === hasta) this.#told.set(con, before);
  }
}
