/** The connection line: says what is known about the connection, and since when the page is known to be complete. */
import { clockWithSeconds } from "./times.js";

export class Status {
  #line;
  #texts;
  #state = "conectando";

  constructor(line, texts) {
    this.#line = line;
    this.#texts = texts;
    line.hidden = false;
  }

  get state() {
    return this.#state;
  }

  /** conectando · poniendo (catching up) · vivo · reconectando · red (offline) · sesion (ended) */
  show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#line.dataset.estado = state;
    this.#find("conexion-texto").textContent = this.#texts.get(state);
    this.#find("conexion-entrar").hidden = state !== "sesion";
  }

  upToDate(now = new Date()) {
    this.#find("conexion-hora").textContent = this.#texts.get("hora", { hora: clockWithSeconds(now) });
  }

  #find(id) {
    return this.#line.ownerDocument.getElementById(id);
  }
}
