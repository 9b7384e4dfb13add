/** Messages that are not stored yet: the person's own, with their state, and those of others that are provisional. */
import { setState } from "./states.js";

export class Bubbles {
  #tools;
  #history;
  #shown = new Map();
  #doubted = [];

  /** tools: {usuario, texts, actions: {reintentar, editar, descartar}} */
  constructor(tools) {
    this.#tools = tools;
  }

  open(panel, history, entries) {
    this.#history = history;
    this.#shown.clear();
    panel.querySelector("#mensajes").addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-accion]")));
    for (const entry of entries) this.show(entry);
  }

  /** An own message, as it stands in the outbox; a stored one keeps its bubble until its row is here. */
  show(entry) {
    const { id, con, para, state, order } = entry;
    if (con !== this.#history?.con || this.#history.has(this.#tools.usuario, id)) return;
    const bubble = this.#shown.get(keyOf(this.#tools.usuario, id)) ?? this.#add("plantilla-mensaje", { de: this.#tools.usuario, para, idCliente: id }, entry.text, new Date(order), true);
    const failed = state === "fallido";
    setState(bubble, state);
    bubble.classList.toggle("message-failed", failed);
    bubble.querySelector(".message-reason").textContent = failed ? this.#tools.texts.error(entry.error) : "";
    bubble.querySelector(".message-actions").hidden = !failed;
  }

  /** A message that the desk has and the database has not; its bubble if it is somebody else's and new here. */
  provisional({ de, para, mensaje, id_cliente: id, fecha }, name, right) {
    const own = de === this.#tools.usuario;
    if (this.#history.has(de, id) || this.#shown.has(keyOf(de, id))) return null;
    const bubble = this.#add(own ? "plantilla-mensaje" : "plantilla-provisional", { de, para, idCliente: id }, mensaje, new Date(fecha), own);
    if (own) setState(bubble, "pendiente");
    if (own) return null;
    bubble.classList.add(right ? "message-right" : "message-left");
    bubble.querySelector(".message-from").append(name, ...markOf(de));
    return bubble;
  }

  drop(de, id) {
    const key = keyOf(de, id);
    const bubble = this.#shown.get(key);
    this.#shown.delete(key);
    bubble?.remove();
    return Boolean(bubble);
  }

  /** The connection is lost: should one of these be refused meanwhile, nobody would tell this page. */
  doubt(waits) {
    this.#doubted = [...this.#shown.values()].map(({ dataset }) => dataset).filter(({ de, idCliente }) => de !== this.#tools.usuario || !waits(idCliente));
  }

  /** All that is stored is here, or above what is loaded; a doubted one is shown again once it is stored. */
  settle() {
    const stored = [...this.#shown.values()].filter((bubble) => bubble.querySelector("[data-estado=guardado]"));
    for (const { de, idCliente } of [...this.#doubted.splice(0), ...stored.map(({ dataset }) => dataset)]) this.drop(de, idCliente);
  }

  // As its row will be: whom it is from and to, and when, decide what it looks like among the others.
  #add(template, who, text, at, toNewest) {
    const bubble = document.getElementById(template).content.firstElementChild.cloneNode(true);
    Object.assign(bubble.dataset, who);
    bubble.querySelector(".message-text").textContent = text;
    bubble.querySelector("time").dateTime = at.toISOString();
    this.#shown.set(keyOf(who.de, who.idCliente), bubble);
    this.#history.append(bubble, toNewest);
    return bubble;
  }

  #clicked(button) {
    const id = button?.closest("[data-id-cliente]")?.dataset.idCliente;
    if (id) this.#tools.actions[button.dataset.accion](id);
  }
}

// Who is of the desk, only the server says: what it said of this person's last message here, else nothing.
const markOf = (de) => {
  const mark = [...document.querySelectorAll(`#mensajes [data-de="${CSS.escape(de)}"][data-id]`)].at(-1)?.querySelector(".message-team, .message-outsider");
  return mark ? [" ", mark.cloneNode(true)] : [];
};
const keyOf = (de, id) => `${de}/${id}`;
