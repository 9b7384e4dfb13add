/** Offers what waits to the desk: one message at a time in a conversation, in order, until each is stored. */
import { judge, pause } from "./outcome.js";
import { isWaiting } from "./outbox.js";

const NEVER = Infinity;

export class Lanes {
  #outbox;
  #tools;
  #lanes = new Map();
  #accepted = new Map();
  #answered = new Map();

  /**
   * tools: {turn(name, work), line(), send(entry), ended(), now?, later?}
   * `line()` is {id, ordered} of the present connection, or null; `ordered`: one process takes all that is sent over it.
   */
  constructor(outbox, tools) {
    this.#outbox = outbox;
    this.#tools = { now: Date.now, later: (work, wait) => setTimeout(work, wait), ...tools };
  }

  /** Offers what waits, from the first unconfirmed: in one conversation, or in all. */
  offer(con) {
    const names = con === undefined ? new Set(this.#outbox.waiting().map((entry) => entry.con)) : [con];
    for (const name of names) this.#run(name);
  }

  async #run(con) {
    const lane = this.#lanes.get(con) ?? {};
    this.#lanes.set(con, lane);
    clearTimeout(lane.timer);
    lane.again = true;
    if (lane.running) return;
    lane.running = true;
    let wait = NEVER;
    try {
      while (lane.again || wait === 0) {
        lane.again = false;
        wait = this.#tools.line() ? await this.#tools.turn(con, () => this.#step(con, lane)) : NEVER;
      }
    } finally {
      lane.running = false;
    }
    if (wait < NEVER) lane.timer = this.#tools.later(() => this.#run(con), wait);
  }

  // One attempt; returns how long to wait before the next.
  async #step(con, lane) {
    await this.#outbox.sync();
    const [line, now] = [this.#tools.line(), this.#tools.now()];
    if (!line) return NEVER;
    if (lane.rest?.line === line.id && lane.rest.until > now) return lane.rest.until - now;
    let wait = NEVER;
    for (const entry of this.#outbox.waiting(con)) {
      const accepted = this.#accepted.get(entry.id) === line.id;
      // What waits because of an answer over another connection is offered at once over this one.
      const early = entry.after > now && (entry.state === "aqui" || this.#answered.get(entry.id) === line.id);
      if (!early) return this.#attempt(entry, line, lane);
      wait = Math.min(wait, entry.after - now);
      // What one process has accepted it stores in order; another one could store the next before it.
      if (!accepted || !line.ordered) break;
    }
    return wait;
  }

  async #attempt(entry, line, lane) {
    const answer = await this.#tools.send(entry);
    const current = this.#outbox.get(entry.id);
    if (!isWaiting(current)) return 0;
    const next = judge(current, answer, this.#tools.now());
    if (next === current) return this.#unknown(line, lane, answer.error);
    lane.rest = null;
    if (next.state === "guardado") await this.#outbox.confirm(entry.id);
    else await this.#outbox.keep(next);
    this.#answered.set(entry.id, line.id);
    if (answer.ok) this.#accepted.set(entry.id, line.id);
    return 0;
  }

  // It may have arrived: the same message again after a while, or at once over the next connection.
  #unknown(line, lane, error) {
    const tries = (lane.rest?.tries ?? 0) + 1;
    lane.rest = { line: line.id, tries, until: this.#tools.now() + pause(tries) };
    if (error !== "sesion") return 0;
    this.#tools.ended();
    return NEVER;
  }
}
