/** The message field: what is typed stays in it until it is kept somewhere that survives the page. */
import { acceptable, isVisible } from "./visible.js";

const MOST_ROWS = 8;
const COMPOSING = 229;

export class Composer {
  #tools;
  #con = "";
  #form;
  #field;
  #taken = "";

  /** tools: {texts, drafts, keep(con, para, text): Promise} */
  constructor(tools) {
    this.#tools = tools;
  }

  open(panel) {
    this.#con = panel.dataset.con;
    this.#form = panel.querySelector("#formulario");
    this.#field = panel.querySelector("#mensaje");
    this.#taken = "";
    this.#form.noValidate = true;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("beforeinput", () => this.#touched());
    this.#field.addEventListener("input", () => this.#typed());
    if (touch()) this.#field.enterKeyHint = "enter";
    if (!CSS.supports("field-sizing", "content")) new ResizeObserver(() => this.#grow()).observe(this.#form);
    const left = this.#field.value;
    const draft = this.#tools.drafts.get(this.#con);
    this.#write(left && !draft.includes(left) ? [draft, left].filter(Boolean).join("\n") : draft);
  }

  /** The session is over: nothing can be written, and what stands here stays to be read and copied. */
  close() {
    this.#form.inert = true;
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Puts a text that was taken back before what stands in the field. */
  restore(text) {
    this.#write([text, this.#field.value].filter(Boolean).join("\n"));
    this.focus();
  }

  // Safari ends the composition before it tells of the key that confirmed it; only the code says so still.
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === COMPOSING || touch()) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #typed() {
    this.#notice(this.#cleaned() ? this.#tools.texts.get("quitado") : "");
    this.#tools.drafts.set(this.#con, this.#field.value);
    this.#grow();
  }

  // Pasted control characters cannot be stored: they go at once, while the person sees it, not with a refusal later.
  #cleaned() {
    const { value, selectionStart: caret } = this.#field;
    const clean = acceptable(value);
    if (clean === value) return false;
    this.#field.value = clean;
    this.#field.selectionEnd = acceptable(value.slice(0, caret)).length;
    this.#field.selectionStart = this.#field.selectionEnd;
    return true;
  }

  // Whoever edits what is just being kept writes something else.
  #touched() {
    if (this.#field.selectionStart < this.#taken.length) this.#taken = "";
  }

  async #submit(event) {
    event.preventDefault();
    const [con, field] = [this.#con, this.#field];
    if (!field.value.startsWith(this.#taken)) this.#taken = "";
    const text = field.value.slice(this.#taken.length);
    if (!isVisible(text)) return;
    this.#notice("");
    this.#taken = field.value;
    await this.#tools.keep(con, this.#form.elements.para.value, text);
    if (field !== this.#field) return this.#leave(con, text);
    if (!this.#taken.startsWith(text)) return;
    this.#taken = this.#taken.slice(text.length);
    this.#write(field.value.slice(text.length));
  }

  // Another conversation was opened meanwhile: the text is kept, so it leaves the draft of this one.
  #leave(con, text) {
    const draft = this.#tools.drafts.get(con);
    if (draft.startsWith(text)) this.#tools.drafts.set(con, draft.slice(text.length));
  }

  #write(text) {
    if (this.#field.value !== text) this.#field.value = text;
    this.#tools.drafts.set(this.#con, text);
    this.#grow();
  }

  #notice(sentence) {
    const notice = this.#form.querySelector("#aviso");
    notice.textContent = sentence;
    notice.hidden = !sentence;
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.rows = 1;
    while (this.#field.rows < MOST_ROWS && this.#field.scrollHeight > this.#field.clientHeight) this.#field.rows += 1;
  }
}

// Where fingers type there is no Shift+Enter: Enter breaks the line, and the button sends.
const touch = () => matchMedia("(pointer: coarse)").matches;
