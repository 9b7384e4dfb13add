/** A desk of two processes, a browser with its store, and tabs that die: for outboxes to live in. */
import { Lanes } from "../../static/js/lanes.js";
import { Outbox } from "../../static/js/outbox.js";

const RANK = { aqui: 0, pendiente: 1, guardado: 2, retirado: 3 };
export const soon = () => new Promise((resolve) => setImmediate(resolve));

/** mulberry32: the same walk for the same seed. */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class World {
  now = 1000;
  rows = [];
  tabs = [];
  spools = [[], []];
  away = false;
  kept = new Map();
  locks = new Map();
  timers = [];
  faults = [];

  constructor(random = () => 0.5) {
    this.random = random;
  }

  open(usuario, process = 0) {
    const tab = new Tab(this, usuario, process);
    this.tabs.push(tab);
    return tab;
  }

  /** Time goes by: what was to be done meanwhile is done. */
  async pass(time) {
    this.now += time;
    const due = this.timers.filter((timer) => timer.at <= this.now);
    this.timers = this.timers.filter((timer) => timer.at > this.now);
    due.forEach((timer) => timer.tab.dead || timer.work());
    await this.settle();
  }

  async settle() {
    for (let i = 0; i < 30; i += 1) await soon();
  }

  offer(process, entry) {
    const key = `${entry.usuario}/${entry.id}`;
    const row = this.rows.find((other) => other.key === key);
    if (row) return { ok: true, estado: "guardado" };
    if (entry.text.startsWith("!")) return { ok: false, error: "largo" };
    const spool = this.spools[process];
    if (this.away || spool.length) {
      if (!spool.some((other) => other.key === key)) spool.push({ key, ...entry });
      return { ok: true, estado: "pendiente" };
    }
    this.rows.push({ key, ...entry });
    return { ok: true, estado: "guardado" };
  }

  drain(process) {
    if (this.away) return;
    for (const entry of this.spools[process].splice(0)) if (!this.rows.some((row) => row.key === entry.key)) this.rows.push(entry);
  }

  texts(usuario, con) {
    return this.rows.filter((row) => row.usuario === usuario && row.con === con).map((row) => row.text);
  }
}

export class Tab {
  dead = false;
  connected = false;
  joined = 0;
  flying = new Map();
  seen = new Map();

  constructor(world, usuario, process) {
    Object.assign(this, { world, usuario, process });
    this.outbox = new Outbox(usuario, {
      store: this.store(),
      tell: () => setImmediate(() => world.tabs.forEach((tab) => tab !== this && !tab.dead && tab.sync())),
      changed: (entry) => this.changed(entry),
      offer: (con) => this.lanes.offer(con),
      now: () => world.now,
    });
    this.lanes = new Lanes(this.outbox, {
      turn: (con, work) => this.turn(`${usuario}/${con}`, work),
      line: () => (this.connected ? { id: `${this.process}:${this.joined}`, ordered: true } : null),
      send: (entry) => this.send(entry),
      ended: () => this.cut(),
      now: () => world.now,
      later: (work, wait) => world.timers.push({ tab: this, at: world.now + wait, work }),
    });
  }

  async sync() {
    await this.outbox.sync();
    this.lanes.offer();
  }

  connect(process = this.process) {
    Object.assign(this, { connected: true, process, joined: this.joined + 1 });
    return this.sync();
  }

  cut() {
    this.connected = false;
    for (const lose of this.flying.values()) lose();
  }

  crash() {
    this.dead = true;
    this.connected = false;
    this.flying.clear();
    for (const lock of this.world.locks.values()) lock.leave(this);
  }

  // Like navigator.locks: in turn, and free again when its holder dies.
  async turn(name, work) {
    const lock = this.world.locks.get(name) ?? new Lock();
    this.world.locks.set(name, lock);
    await lock.enter(this);
    try {
      return await work();
    } finally {
      lock.leave(this);
    }
  }

  store() {
    const guard = async (work) => {
      await soon();
      if (this.dead) return new Promise(() => {});
      return work(this.world.kept);
    };
    return {
      all: () => guard((kept) => structuredClone([...kept.values()])),
      put: (entry) => guard((kept) => void kept.set(entry.id, structuredClone(entry))),
      remove: (id) => guard((kept) => void kept.delete(id)),
    };
  }

  async send(entry) {
    const { world, process } = this;
    if (entry.usuario !== this.usuario) world.faults.push(`${this.usuario} sends what ${entry.usuario} wrote`);
    const name = `${entry.usuario}/${entry.con}`;
    if (world.tabs.some((tab) => !tab.dead && tab.flying.has(name))) world.faults.push(`two of ${name} under way`);
    const luck = world.random();
    const lost = new Promise((resolve) => this.flying.set(name, () => resolve({ ok: false, error: "perdido" })));
    const answered = soon().then(() => {
      if (luck < 0.1) return { ok: false, error: "perdido" };
      if (luck < 0.15) return { ok: false, error: "limite", espera_ms: 700 };
      const answer = world.offer(process, entry);
      return luck < 0.25 ? { ok: false, error: "perdido" } : answer;
    });
    const answer = await Promise.race([answered, lost]);
    if (this.dead) return new Promise(() => {});
    this.flying.delete(name);
    return answer;
  }

  changed({ id, state, before }) {
    const last = this.seen.get(id);
    if (last !== undefined && RANK[state] < RANK[last] && last !== "fallido") this.world.faults.push(`${id} went from ${last} to ${state}`);
    if (state === "retirado" && before === "fallido") this.seen.delete(id);
    else this.seen.set(id, state);
  }
}

class Lock {
  waiting = [];

  async enter(tab) {
    await new Promise((ready) => {
      this.waiting.push({ tab, ready });
      if (this.waiting.length === 1) ready();
    });
  }

  leave(tab) {
    const held = this.waiting[0]?.tab === tab;
    if (tab.dead) this.waiting = this.waiting.filter((other) => other.tab !== tab);
    else if (held) this.waiting.shift();
    if (held) this.waiting[0]?.ready();
  }
}
