/** The connection line: says what is known about the connection, what waits, and since when the page is known to be complete. */
import { serverClock } from "./now.js";
import { clockWithSeconds } from "./times.js";

const NOTES = { reconectando: "conserva", red: "conserva", sondeo: "consulta", sesion: "terminada" };
const PATIENCE = 1500;

export class Status {
  #line;
  #texts;
  #state = "conectando";
  #count = 0;
  #timer = 0;
  #places = {};

  constructor(line, texts) {
    this.#line = line;
    this.#texts = texts;
    // Kept: what they stand in moves from panel to panel, and is for a moment in none.
    for (const id of ["conexion-texto", "conexion-nota", "conexion-aviso", "conexion-entrar", "conexion-hora"]) this.#places[id] = line.ownerDocument.getElementById(id);
    line.hidden = false;
  }

  get state() {
    return this.#state;
  }

  /** conectando · poniendo (catching up) · vivo · reconectando · red (offline) · sondeo (without a socket) · sesion (ended) · fuera (signed out) */
  show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#line.dataset.estado = state;
    this.#find("conexion-texto").textContent = this.#texts.get(state);
    this.#find("conexion-entrar").hidden = !["sesion", "fuera"].includes(state);
    this.#note();
  }

  /** So many messages wait on this device. */
  waiting(count) {
    if (count < this.#count) this.#stop();
    this.#count = count;
    this.#note();
  }

  upToDate(now = serverClock.now()) {
    this.#find("conexion-hora").textContent = this.#texts.get("hora", { hora: clockWithSeconds(now) });
  }

  // What waits only for the answer of a desk that is there is no news. Only an answer starts the patience anew: another attempt does not.
  #note() {
    if (this.#state === "vivo" && this.#count && !this.#find("conexion-nota").textContent) this.#timer ||= setTimeout(() => this.#say(), PATIENCE);
    else this.#say();
  }

  #stop() {
    this.#timer = clearTimeout(this.#timer);
  }

  #say() {
    this.#stop();
    const note = this.#count && this.#state !== "fuera" ? this.#texts.count("espera", this.#count) : this.#texts.get(NOTES[this.#state]);
    if (this.#find("conexion-nota").textContent !== note) this.#find("conexion-nota").textContent = note;
    this.#find("conexion-aviso").hidden = !note && this.#find("conexion-entrar").hidden;
  }

  #find(id) {
    return this.#places[id];
  }
}
