// What a page keeps on its device: entries in the order they were typed, until each is confirmed or has failed.

const AGAIN = new Set(["ocupado", "limite", "sesion", "perdido"]);

export class Outbox {
  entries = [];
  turn = 0;

  add(entry) { this.entries.push(entry); }

  /** The entry to offer now; undefined when all have been offered since `again`. */
  next() { return this.entries[this.turn]; }

  /** Offer from the first unconfirmed: after every connect, and now and then while something is `pendiente`. */
  again() { this.turn = 0; }

  /** What the desk's answer means: "done", "failed", "wait" (offer this one again), "later" (go on, offer it again later). */
  answered(entry, answer) {
    if (answer.ok && answer.estado === "guardado") return this.#drop(entry.id_cliente, "done");
    if (answer.ok) {
      this.turn = this.entries.indexOf(entry) + 1;
      return "later";
    }
    return AGAIN.has(answer.error) ? "wait" : this.#drop(entry.id_cliente, "failed");
  }

  /** Stored, as an event said. */
  confirmed(id_cliente) { this.#drop(id_cliente); }

  #drop(id_cliente, what) {
    const place = this.entries.findIndex((entry) => entry.id_cliente === id_cliente);
    if (place >= 0) {
      this.entries.splice(place, 1);
      if (place < this.turn) this.turn -= 1;
    }
    return what;
  }
}
