/** The connection line: says what is known about the connection, what waits, and since when the page is known to be complete. */
import { serverClock } from "./now.js";
import { clockWithSeconds } from "./times.js";

const NOTES = { reconectando: "conserva", red: "conserva", sondeo: "consulta" };

export class Status {
  #line;
  #texts;
  #state = "conectando";
  #count = 0;

  constructor(line, texts) {
    this.#line = line;
    this.#texts = texts;
    line.hidden = false;
  }

  get state() {
    return this.#state;
  }

  /** conectando · poniendo (catching up) · vivo · reconectando · red (offline) · sondeo (without a socket) · sesion (ended) */
  show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#line.dataset.estado = state;
    this.#find("conexion-texto").textContent = this.#texts.get(state);
    this.#find("conexion-entrar").hidden = state !== "sesion";
    this.#note();
  }

  /** So many messages wait on this device. */
  waiting(count) {
    this.#count = count;
    this.#note();
  }

  upToDate(now = serverClock.now()) {
    this.#find("conexion-hora").textContent = this.#texts.get("hora", { hora: clockWithSeconds(now) });
  }

  #note() {
    const note = this.#count ? this.#texts.count("espera", this.#count) : this.#texts.get(NOTES[this.#state]);
    if (this.#find("conexion-nota").textContent !== note) this.#find("conexion-nota").textContent = note;
  }

  #find(id) {
    return this.#line.ownerDocument.getElementById(id);
  }
}
