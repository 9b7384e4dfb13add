/**
 * People who stay: each comes back as the page does, asks for what it missed, and offers again what nobody acknowledged.
 * Every fourth asks for no acknowledgement, says each thing once, and never again. `delay`: milliseconds each way on their line.
 * Commands come on stdin, a JSON a line, and each is answered with a line: {enter}, {talk}, {hush}, {watch}, {report}.
 */
import crypto from "node:crypto";
import net from "node:net";
import { createRequire } from "node:module";
import readline from "node:readline";
import { token } from "./token.mjs";

const plan = JSON.parse(process.argv[2]);
const WebSocket = createRequire(`${plan.modules}/`)("ws");
const [FIRST_PAUSE, LONGEST_PAUSE, WITHIN] = [500, 5000, 10000]; // as static/js/connection.js has them
const RUN = crypto.randomUUID();
const people = [], acknowledged = new Map(), sentAs = new Map();
let watched = 0, listening = Infinity, said = 0, talking = 0, url = plan.url;

const now = () => performance.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const any = (list) => list[Math.floor(Math.random() * list.length)];

function fail(error) {
  console.log(JSON.stringify({ error }));
  process.exit(1);
}

class Person {
  known = new Set();
  #outbox = new Map();
  #asked = new Map();
  #attempts = 0;
  #place = 0;
  #number = 0;
  #lost = now();
  #longest = 0;
  #back = 0;
  #complete = 0;

  constructor(name, rol, trusting = false) {
    [this.name, this.trusting] = [name, trusting];
    this.cookie = `token=${token(plan.secret, name, rol)}`;
    this.#connect();
  }

  get there() { return this.#complete > watched && !this.#lost; }

  get open() { return this.#outbox.size; }

  /** Since `watch`: when it was back and when complete, and how long at most it had no socket, in milliseconds. */
  get times() { return { back: this.#back, complete: this.#complete, longest: this.#longest }; }

  forget() { this.#longest = 0; }

  say(para) {
    const id = `${RUN}-${this.name}-${String(said += 1).padStart(10, "0")}`;
    this.#outbox.set(id, { para, mensaje: `${this.name} ${said}`, id_cliente: id });
    this.#offer(id);
  }

  #connect() {
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { headers: { Cookie: this.cookie, Host: new URL(plan.url).host }, perMessageDeflate: false });
    let gone = false;
    const end = () => {
      if (gone) return;
      gone = true;
      if (this.socket === socket) this.#lose();
      else this.#lost ||= now();
      const pause = Math.min(FIRST_PAUSE * 2 ** this.#attempts++, LONGEST_PAUSE);
      setTimeout(() => this.#connect(), pause * (0.5 + Math.random()));
    };
    socket.on("open", () => { listening = Math.min(listening, now()); });
    socket.on("error", end);
    socket.on("close", end);
    socket.on("message", (data) => {
      const frame = data.toString();
      if (frame !== "1") return this.#hear(socket, frame);
      end(); // the server said goodbye: what follows is a formality
      socket.close();
    });
  }

  #lose() {
    this.socket = null;
    this.#lost = now();
    for (const stop of this.#asked.values()) stop({ ok: false });
  }

  #hear(socket, frame) {
    if (frame === "2") socket.send("3");
    else if (frame[0] === "0") socket.send("40");
    else if (frame.startsWith("40")) this.#joined(socket);
    else if (frame.startsWith("44")) fail(`${this.name} was refused: ${frame}`);
    else if (frame.startsWith("43")) this.#answered(frame);
    else this.#told(JSON.parse(frame.slice(2)));
  }

  #joined(socket) {
    this.socket = socket;
    this.#longest = Math.max(this.#longest, now() - Math.max(this.#lost, watched));
    [this.#attempts, this.#lost, this.#back] = [0, 0, now()];
    for (const [id, payload] of this.#outbox) if (!payload.sent) this.#offer(id);
    this.#catchUp(socket);
  }

  #told([event, payload]) {
    if ((event === "mensaje_recibido" || event === "mensaje_enviado") && payload.id) this.#know(payload.id, payload.id_cliente);
  }

  #know(id, client) {
    this.known.add(id);
    if (!client.startsWith(RUN)) return;
    if ((sentAs.get(client) ?? id) !== id) fail(`${client} stands twice: ${id}, ${sentAs.get(client)}`);
    sentAs.set(client, id);
    const own = this.trusting && this.#outbox.get(client);
    if (own) this.#stored(id, own);
  }

  async #catchUp(socket) {
    for (;;) {
      const answer = await this.#ask("sincronizar", { desde: this.#place, limite: 500 });
      if (this.socket !== socket) return;
      if (!answer.ok) { await sleep(answer.espera_ms ?? 1000); continue; }
      for (const row of answer.filas) this.#know(row.id, row.id_cliente);
      this.#place = answer.hasta;
      if (!answer.mas) break;
    }
    this.#complete = now();
  }

  async #offer(id) {
    const payload = this.#outbox.get(id), socket = this.socket;
    if (!socket) return;
    if (this.trusting) {
      socket.send(`42${JSON.stringify(["mensaje_privado", payload])}`);
      payload.sent = true;
      return;
    }
    const answer = await this.#ask("mensaje_privado", payload);
    if (answer.ok && answer.estado === "guardado") {
      this.#know(answer.id, id);
      this.#stored(answer.id, payload);
    } else if (this.socket === socket && this.#outbox.has(id)) {
      await sleep(answer.espera_ms ?? 1000);
      this.#offer(id);
    }
  }

  #stored(id, payload) {
    this.#outbox.delete(payload.id_cliente);
    acknowledged.set(id, { de: this.name, para: payload.para });
  }

  #ask(event, payload) {
    const number = this.#number += 1;
    return new Promise((done) => {
      const finish = (answer) => {
        clearTimeout(timer);
        this.#asked.delete(number);
        done(answer);
      };
      const timer = setTimeout(finish, WITHIN, { ok: false });
      this.#asked.set(number, finish);
      this.socket.send(`42${number}${JSON.stringify([event, payload])}`);
    });
  }

  #answered(frame) {
    const at = frame.indexOf("[");
    this.#asked.get(Number(frame.slice(2, at)))?.(JSON.parse(frame.slice(at))[0]);
  }
}

async function until(holds, seconds, what) {
  const end = now() + 1000 * seconds;
  while (!holds()) {
    if (now() > end) fail(`${what} within ${seconds} s`);
    await sleep(10);
  }
}

const inside = () => people.every((person) => person.there);
const missing = () => people.filter((person) => !person.there).length;

async function enter(count) {
  people.push(new Person("admin", "admin"));
  while (people.length <= count) {
    people.push(new Person(`u${people.length - 1}`, "user", plan.delay && people.length % 4 === 0));
    if (people.length % 50 === 0) await until(() => people.slice(0, -50).every((person) => person.there), 60, "not all could enter");
  }
  await until(inside, 60, "not all could enter");
}

/** So many a second, half of them by the admin, until it is told to stop. */
async function talk(rate) {
  const mine = talking += 1, begun = now();
  for (let count = 0; mine === talking; count += 1) {
    const [admin, ...users] = people;
    if (count % 2) admin.say(any(users).name);
    else any(users).say("admin");
    await sleep(Math.max(0, begun + (1000 * count) / rate - now()));
  }
}

/** Everybody is there, knows all that was acknowledged, and nothing waits for an acknowledgement. */
async function hush() {
  talking += 1;
  await until(() => inside() && people.every((person) => !person.open), 60, "not everything was acknowledged");
  await sleep(1000);
  const named = new Map(people.map((person) => [person.name, person]));
  const lost = [...acknowledged].filter(([id, { de, para }]) => [de, para].some((name) => !named.get(name).known.has(id)));
  return { acknowledged: acknowledged.size, lost: lost.length };
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) };
}

async function report() {
  await until(inside, 60, `${missing()} people were not back and complete`);
  const times = people.map((person) => person.times), begun = Math.max(watched, listening);
  return {
    listening: begun - watched,
    back: spread(times.map((each) => each.back - begun)),
    complete: spread(times.map((each) => each.complete - begun)),
    longest: spread(times.map((each) => each.longest)),
  };
}

function watch() {
  [watched, listening] = [now(), Infinity];
  for (const person of people) person.forget();
}

/** A line of its own for each connection, on which everything takes `delay`. */
async function slowLine(target, delay) {
  const pass = (from, to) => from.on("data", (data) => setTimeout(() => to.write(data), delay)).on("end", () => setTimeout(() => to.end(), delay)).on("error", () => to.destroy());
  const relay = net.createServer({ allowHalfOpen: true }, (client) => {
    const server = net.connect({ host: "127.0.0.1", port: Number(new URL(target).port), allowHalfOpen: true });
    pass(client, server);
    pass(server, client);
  });
  await new Promise((done) => relay.listen(0, "127.0.0.1", done));
  return `ws://127.0.0.1:${relay.address().port}`;
}

if (plan.delay) url = await slowLine(plan.url, plan.delay);
const commands = { enter, talk: (rate) => void talk(rate), hush, watch, report };
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [[name, argument]] = Object.entries(JSON.parse(line));
  console.log(JSON.stringify((await commands[name](argument)) ?? {}));
}
process.exit(0);
