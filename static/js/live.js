/** Keeps the page in step with the desk: over the socket, without it by asking, and after every gap. */
import { Connection } from "./connection.js";
import { Freshness } from "./freshness.js";
import { postMessage } from "./partials.js";
import { Polling } from "./polling.js";
import { singleFlight } from "./refresh.js";

const HTTP = { id: "http", ordered: false };
const RENEW = 10 * 60 * 1000;
const BEAT = 10 * 1000;
const SLEPT = 3 * BEAT;
const RECENT = 3000;

export class Live {
  #tools;
  #connection;
  #freshness;
  #polling;
  #epoch;
  #seen = 0;
  #beat = Date.now();
  #over = false;
  #elsewhere = false;

  /** tools: {status, heard, refresh(gap), place(), gap(), joined(), complete(), ended(), restart()} */
  constructor(io, tools) {
    this.#tools = tools;
    this.catchUp = singleFlight(() => this.#catchUp());
    this.#freshness = new Freshness(tools.status, { again: () => this.catchUp(), ended: () => this.end() });
    this.#polling = new Polling({ ask: () => this.catchUp(), changed: () => this.#polled(), hidden: () => document.hidden });
    this.#connection = new Connection(io, {
      changed: (state) => this.#changed(state),
      heard: { ...tools.heard, latido: (beat) => this.#heardBeat(beat) },
    });
    for (const event of ["visibilitychange", "online", "focus"]) (event === "visibilitychange" ? document : window).addEventListener(event, () => this.#looked());
    addEventListener("offline", () => tools.status.show("red"));
    setInterval(() => this.catchUp(), RENEW);
    setInterval(() => this.#woke(), BEAT);
    this.#polling.lost();
  }

  /** How messages leave just now, or null. */
  get line() {
    if (this.#over) return null;
    if (this.#connection.open) return { id: this.#connection.joined, ordered: true };
    return this.#polling.on ? HTTP : null;
  }

  /** Offers a message to the desk; resolves to its acknowledgement. */
  send(payload) {
    return this.#connection.open ? this.#connection.send(payload) : postMessage(payload);
  }

  tell(event, payload) {
    return this.#connection.tell(event, payload);
  }

  /** True when these refreshes succeeded; those that failed are tried again. */
  after(...refreshes) {
    return this.#freshness.after(...refreshes);
  }

  end() {
    this.#over = true;
    this.#polling.stop();
    this.#connection.close();
    this.#tools.status.show("sesion");
  }

  // Everything that may have been missed; the line says "live" only after it. Marks on a page just drawn are fresh.
  async #catchUp() {
    const complete = await this.#freshness.after(...this.#tools.refresh(this.#freshness.known));
    if (!complete || this.#over) return false;
    this.#tools.complete();
    if (this.#elsewhere) this.#tools.restart(); // the desk can be read: what loads now is not an error page
    else if (this.#connection.open) this.#tools.status.show("vivo");
    return true;
  }

  async #changed(state) {
    if (state === "sesion") return this.end();
    if (state === "perdida") {
      this.#tools.gap();
      this.#polling.lost();
      if (!this.#polling.on) this.#tools.status.show(navigator.onLine ? "reconectando" : "red");
      return;
    }
    this.#polling.stop();
    this.#tools.status.show("poniendo");
    this.#tools.joined();
    this.catchUp();
    const { desde, idCliente } = this.#tools.place();
    const cursor = { desde, limite: 1, ...(this.#epoch && { epoca: this.#epoch }), ...(idCliente && { id_cliente: idCliente }) };
    this.#know(await this.#connection.ask("sincronizar", cursor));
  }

  // The desk says what this page should have by now.
  async #heardBeat({ ultimo, epoca }) {
    if (this.#know({ epoca }) || !(ultimo > Math.max(this.#seen, this.#tools.place().last))) return;
    if (await this.catchUp()) this.#seen = ultimo;
  }

  #know({ epoca, reinicio }) {
    const other = reinicio || (this.#epoch && epoca && epoca !== this.#epoch);
    this.#epoch = epoca ?? this.#epoch;
    if (!other) return false;
    this.#elsewhere = true; // the rows on this page are another history's, until it has loaded itself anew
    this.#tools.status.show("poniendo");
    this.catchUp();
    return true;
  }

  #polled() {
    if (this.#connection.open || this.#over) return;
    this.#tools.status.show(this.#polling.on ? "sondeo" : navigator.onLine ? "reconectando" : "red");
    if (this.#polling.on) this.#tools.joined();
  }

  // A timer that comes much too late: the device has slept, and the socket may only seem to live.
  #woke() {
    const slept = Date.now() - this.#beat > SLEPT;
    this.#beat = Date.now();
    if (!slept) return;
    this.#tools.gap();
    this.catchUp();
  }

  #looked() {
    if (document.hidden || this.#over) return;
    this.#connection.retry();
    this.#tools.looked();
    if (this.#freshness.age > RECENT || this.#tools.status.state !== "vivo") this.catchUp();
  }
}
