/** A session that nobody uses ends: use renews it, and whoever may still be there is asked before. */
import { singleFlight } from "./refresh.js";

const [RENEW, LEAD, SHARE] = [20 * 60, 5 * 60, 6];
const USE = ["pointerdown", "keydown", "wheel", "touchstart"];
const ALONE = { "Soporte-Fondo": "1" };

export class Idleness {
  #tools;
  #used = false;
  #over = false;
  #told = null;
  #renewed;
  #renew;
  #lead;
  #unused;
  #end;

  /** said: what `Soporte-Sesion` says. tools: {ask(headers): Promise<Response>, warn(text | null, again), now()} */
  constructor(said, tools) {
    this.#tools = tools;
    this.#renewed = tools.now();
    this.#hear(said);
    this.renew = singleFlight(() => this.#ask());
  }

  listen(target) {
    for (const event of USE) target.addEventListener(event, () => this.use(), { capture: true, passive: true });
  }

  use() {
    if (this.#over) return;
    this.#used = true;
    if (this.#told === "inactiva") this.renew();
  }

  tick() {
    if (this.#over) return undefined;
    if (this.#used && this.#tools.now() - this.#renewed >= this.#renew) return this.renew();
    // Another page of this browser may have renewed it: the server knows.
    return this.#left(this.#unused) <= this.#lead ? this.#ask(ALONE) : this.#tell();
  }

  async #ask(headers) {
    const at = this.#tools.now();
    const answer = await this.#tools.ask(headers).catch(() => null);
    this.#over ||= [401, 403].includes(answer?.status); // then there is nothing left to stay in
    if (answer?.ok) {
      this.#hear(answer.headers.get("Soporte-Sesion"));
      if (!headers) [this.#renewed, this.#used] = [at, false];
    }
    this.#tell();
  }

  // Seconds: of a session without use, what is left of that, and until its end whatever is done.
  #hear(said) {
    const [idle, unused, end] = said.split(" ").map((seconds) => seconds * 1000);
    [this.#unused, this.#end] = [this.#tools.now() + unused, this.#tools.now() + end];
    [this.#renew, this.#lead] = [RENEW, LEAD].map((most) => Math.min(most * 1000, idle / SHARE));
  }

  #tell() {
    const text = this.#over ? null : this.#left(this.#end) <= LEAD * 1000 ? "termina" : this.#left(this.#unused) <= this.#lead ? "inactiva" : null;
    if (text === this.#told) return;
    this.#told = text;
    this.#tools.warn(text, text === "inactiva" ? () => this.renew() : null);
  }

  #left(moment) {
    return moment - this.#tools.now();
  }
}
