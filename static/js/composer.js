/** The message field: what is typed is never lost from it before it is known to be stored. */
import { newIdentifier } from "./identifier.js";

const MOST_ROWS = 8;

export class Composer {
  #tools;
  #history;
  #con = "";
  #form;
  #field;
  #bubbles = new Map();

  /** tools: {texts, drafts, connected(), send(payload), stored()} */
  constructor(tools) {
    this.#tools = tools;
  }

  open(panel, history) {
    this.#history = history;
    this.#con = panel.dataset.con;
    this.#form = panel.querySelector("#formulario");
    this.#field = panel.querySelector("#mensaje");
    this.#form.noValidate = true;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => this.#typed());
    const kept = this.#field.value;
    const draft = this.#draft();
    if (kept && !draft.text.includes(kept)) draft.text = [draft.text, kept].filter(Boolean).join("\n");
    for (const part of draft.parts) if (!part.back) this.#bubble(part);
    this.reconcile();
    this.#show();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Rows came from the server: what was on its way and stands among them is stored. */
  reconcile() {
    const stored = this.#draft().parts.filter((part) => this.#history.has(part.id));
    for (const { id } of stored) this.#settle(this.#con, id);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #typed() {
    this.#notice("");
    this.#draft().text = this.#field.value;
    this.#tools.drafts.save(this.#con);
    this.#grow();
  }

  async #submit(event) {
    event.preventDefault();
    if (!this.#field.value.trim()) return;
    if (!this.#tools.connected()) return this.#notice(this.#tools.texts.get("desconectado"));
    this.#notice("");
    const con = this.#con;
    const { part, dropped } = this.#draft().send(this.#field.value, newIdentifier());
    dropped.forEach((id) => this.#drop(id));
    this.#bubble(part);
    this.#show();
    const payload = { para: this.#form.elements.para.value, mensaje: part.text, id_cliente: part.id };
    const answer = await this.#tools.send(payload);
    if (answer.ok) this.#stored(con, part.id);
    else this.#refused(con, part.id, answer.error);
  }

  #stored(con, id) {
    this.#settle(con, id);
    this.#tools.stored();
  }

  #refused(con, id, error) {
    const { texts, drafts } = this.#tools;
    drafts.load(con).fail(id);
    const reason = texts.error(error);
    this.#state(id, "✕", texts.get("fallido"), reason);
    if (con !== this.#con) return drafts.save(con);
    this.#show();
    this.#notice(`${reason} ${texts.get("devuelto")}`);
  }

  #settle(con, id) {
    this.#tools.drafts.load(con).confirm(id);
    this.#state(id, "✓", this.#tools.texts.get("guardado"));
    this.#bubbles.delete(id);
    if (con !== this.#con) return this.#tools.drafts.save(con);
    this.#show();
    if (!this.#draft().parts.some((part) => part.back)) this.#notice("");
  }

  #bubble({ id, text }) {
    this.#drop(id);
    const bubble = document.getElementById("plantilla-mensaje").content.firstElementChild.cloneNode(true);
    bubble.dataset.idCliente = id;
    bubble.querySelector(".message-text").textContent = text;
    this.#bubbles.set(id, bubble);
    this.#history.append(bubble);
  }

  #drop(id) {
    this.#bubbles.get(id)?.remove();
    this.#bubbles.delete(id);
  }

  #state(id, sign, words, reason = "") {
    const bubble = this.#bubbles.get(id);
    if (!bubble) return;
    bubble.classList.toggle("message-failed", Boolean(reason));
    const [shown, read] = bubble.querySelector(".message-state").children;
    shown.textContent = sign;
    read.textContent = words;
    bubble.querySelector(".message-reason").textContent = reason;
  }

  #show() {
    const { text } = this.#draft();
    if (this.#field.value !== text) this.#field.value = text;
    this.#tools.drafts.save(this.#con);
    this.#grow();
  }

  #notice(sentence) {
    const notice = this.#form.querySelector("#aviso");
    notice.textContent = sentence;
    notice.hidden = !sentence;
  }

  #draft() {
    return this.#tools.drafts.load(this.#con, (id) => this.#history.has(id));
  }

  #grow() {
    this.#field.rows = 1;
    while (this.#field.rows < MOST_ROWS && this.#field.scrollHeight > this.#field.clientHeight) this.#field.rows += 1;
  }
}
