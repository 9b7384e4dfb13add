/**
 * Where no WebSocket gets through, one page of a browser holds the long poll and hands on what it hears to the others:
 * a browser opens six connections to a place, and a poll takes one of them for as long as it waits.
 */
const ASK = 4000;
const UNANSWERED = 2;

export class Relay {
  #channel;
  #tabs;
  #tools;
  #asked = 0;
  #wanted = false;
  #release = null;
  #open = false;
  /** This page hears the desk through another one. */
  fed = false;

  /** tools: {tabs, BroadcastChannel, usuario, heard(event, payload), changed(fed), granted(), every?} */
  constructor({ every = setInterval, ...tools }) {
    this.#tools = tools;
    this.#tabs = tools.tabs;
    if (!tools.BroadcastChannel) return;
    this.#channel = new tools.BroadcastChannel(`sondeo/${tools.usuario}`);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
    every(() => this.#ask(), ASK);
  }

  /** Whether this page holds the long poll. */
  get holds() {
    return this.#release !== null;
  }

  /** A WebSocket could not be had: `granted()` as soon as this page may poll; meanwhile the one that does feeds it. */
  want() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#ask();
    this.#tabs.turn(`sondeo/${this.#tools.usuario}`, () => this.#hold());
  }

  /** What the holder's connection does. */
  say(open) {
    this.#open = open;
    if (this.holds) this.#post({ open });
  }

  /** `heard` (event → handler), handing on what it hears. */
  handing(heard) {
    const both = (event, hear) => (payload) => {
      if (this.holds) this.#post({ event, payload });
      hear(payload);
    };
    return Object.fromEntries(Object.entries(heard).map(([event, hear]) => [event, both(event, hear)]));
  }

  /** There is a WebSocket after all, or the page ends: the others may try for themselves. */
  end() {
    this.say(false);
    this.#release?.();
    this.#release = null;
    this.#wanted = false;
    this.#feed(false);
  }

  #hold() {
    if (!this.#wanted) return undefined;
    const held = new Promise((resolve) => (this.#release = resolve));
    this.say(false); // whoever was fed by the one before may have missed something since
    this.#tools.granted();
    this.#feed(false);
    return held;
  }

  #ask() {
    if (!this.#wanted || this.holds) return;
    if (this.#asked++ >= UNANSWERED) this.#feed(false);
    this.#post({ ask: true });
  }

  #heard({ ask, open, event, payload }) {
    if (ask) return this.holds && this.#post({ open: this.#open });
    if (!this.#wanted || this.holds) return undefined;
    if (open !== undefined) this.#feed(open);
    this.#asked = 0;
    return event && this.fed && this.#tools.heard(event, payload);
  }

  #feed(fed) {
    if (fed === this.fed) return;
    this.fed = fed;
    this.#tools.changed(fed);
  }

  #post(data) {
    this.#channel?.postMessage(data);
  }
}
