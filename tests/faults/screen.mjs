// What a page shows: rows by id, and messages that are not stored yet; and up to where it is complete.

export class Screen {
  rows = new Map();
  provisional = new Map();
  cursor = 0;
  complete = false;
  epoca = undefined;

  /** A message of a live event. */
  show({ id, de, para, mensaje, id_cliente }) {
    if (id === undefined || id === null) {
      if (![...this.rows.values()].some((row) => row[4] === id_cliente)) this.provisional.set(id_cliente, { de, para, mensaje, id_cliente });
      return;
    }
    this.put({ id, de, para, mensaje, id_cliente });
    this.#move(id);
  }

  /** `mensaje_guardado`: false where the message was never shown here, so that it has to be asked for. */
  saved({ id, id_cliente }) {
    const shown = this.provisional.get(id_cliente);
    if (!shown) return this.rows.has(id);
    this.put({ ...shown, id });
    this.#move(id);
    return true;
  }

  failed({ id_cliente }) { this.provisional.delete(id_cliente); }

  /** A row, from wherever. */
  put({ id, de, para, mensaje, id_cliente }) {
    this.rows.set(id, [id, de, para, mensaje, id_cliente]);
    this.provisional.delete(id_cliente ?? this.#keyOf(de, mensaje));
  }

  /**
   * Caught up to the end: live events continue from here. Who asks for one conversation after the other is sure
   * only of what was there at the beginning, `upTo`: the first ones may have gone on while the last was read.
   */
  caughtUp(upTo) {
    this.complete = true;
    for (const id of this.rows.keys()) if (id <= (upTo ?? id)) this.cursor = Math.max(this.cursor, id);
  }

  /** Something may be missing: live events do not move the cursor until it is caught up. */
  doubt() { this.complete = false; }

  restart(epoca) {
    this.rows.clear();
    this.cursor = 0;
    this.complete = false;
    this.epoca = epoca;
  }

  key() { return this.rows.get(this.cursor)?.[4]; }

  view() { return [...this.rows.values()].sort((a, b) => a[0] - b[0]).map((row) => row.slice(0, 4)); }

  /** The JSON routes do not tell `id_cliente`; every text of the workload is its own. */
  #keyOf(de, mensaje) {
    return [...this.provisional.values()].find((shown) => shown.de === de && shown.mensaje === mensaje)?.id_cliente;
  }

  #move(id) { if (this.complete && id > this.cursor) this.cursor = id; }
}
