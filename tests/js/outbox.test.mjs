import assert from "node:assert/strict";
import { test } from "node:test";
import { forward, judge, pause } from "../../static/js/outcome.js";
import { seeded, soon, World } from "./world.mjs";

const LUCKY = () => 0.99;
const states = (tab, con = "ana") => tab.outbox.all(con).map((entry) => entry.state);

test("what is written is kept before anything else, and sent in order when there is a connection", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  for (const text of ["uno", "dos", "tres"]) await ana.outbox.add("ana", "admin", text);
  assert.equal(world.kept.size, 3);
  assert.deepEqual(states(ana), ["aqui", "aqui", "aqui"]);
  await ana.connect();
  await world.settle();
  assert.deepEqual(world.texts("ana", "ana"), ["uno", "dos", "tres"]);
  assert.equal(world.kept.size, 0);
});

test("written, the page closed, opened again, connected: once each, in order", async () => {
  const world = new World(LUCKY);
  const before = world.open("ana");
  for (const text of ["uno", "dos", "tres"]) await before.outbox.add("ana", "admin", text);
  before.crash();
  const after = world.open("ana");
  await after.connect();
  await world.settle();
  assert.deepEqual(world.texts("ana", "ana"), ["uno", "dos", "tres"]);
});

test("what the desk could not store yet goes on being offered until it is stored", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  world.away = true;
  await ana.connect();
  for (const text of ["uno", "dos"]) await ana.outbox.add("ana", "admin", text);
  await world.settle();
  assert.deepEqual(states(ana), ["pendiente", "pendiente"]);
  assert.equal(world.spools[0].length, 2, "the second does not wait for the first: others see both");
  world.away = false;
  world.drain(0);
  for (let i = 0; i < 5; i += 1) await world.pass(10_000);
  assert.deepEqual(states(ana), []);
  assert.deepEqual(world.texts("ana", "ana"), ["uno", "dos"]);
});

test("over a new connection it begins with the first unconfirmed: another process must not store the next before it", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  world.away = true;
  await ana.connect(0);
  await ana.outbox.add("ana", "admin", "uno");
  await world.settle();
  world.away = false;
  ana.cut();
  await ana.outbox.add("ana", "admin", "dos");
  await ana.connect(1);
  await world.settle();
  world.drain(0);
  assert.deepEqual(world.texts("ana", "ana"), ["uno", "dos"]);
});

test("what can never be stored waits for the person, and the next goes on", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  await ana.connect();
  await ana.outbox.add("ana", "admin", "!mal");
  await ana.outbox.add("ana", "admin", "bien");
  await world.settle();
  assert.deepEqual(world.texts("ana", "ana"), ["bien"]);
  assert.deepEqual(ana.outbox.all().map(({ text, state, error }) => [text, state, error]), [["!mal", "fallido", "largo"]]);
  const [{ id }] = ana.outbox.all();
  await ana.outbox.retry(id);
  await world.settle();
  assert.equal(ana.outbox.get(id).state, "fallido");
  assert.equal((await ana.outbox.discard(id)).text, "!mal");
  assert.equal(world.kept.size, 0);
});

test("only what failed can be taken back", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  await ana.outbox.add("ana", "admin", "hola");
  const [{ id }] = ana.outbox.all();
  assert.equal(await ana.outbox.discard(id), undefined);
  await ana.outbox.retry(id);
  assert.deepEqual(states(ana), ["aqui"]);
});

test("an id that stands for another message is given up for a new one when the person tries again", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  await ana.outbox.add("ana", "admin", "hola");
  const [{ id }] = ana.outbox.all();
  await ana.outbox.fail(id, "id_reutilizado");
  await ana.outbox.retry(id);
  assert.equal(ana.outbox.all().length, 1);
  assert.notEqual(ana.outbox.all()[0].id, id);
});

test("two pages of a person show the same, and each message is sent by one of them", async () => {
  const world = new World(LUCKY);
  const [one, two] = [world.open("ana"), world.open("ana")];
  await one.outbox.add("ana", "admin", "hola");
  await world.settle();
  assert.deepEqual(states(two), ["aqui"]);
  await two.connect();
  await world.settle();
  assert.deepEqual(states(one), []);
  assert.deepEqual(world.texts("ana", "ana"), ["hola"]);
});

test("a store that cannot be read just now loses nothing", async () => {
  const world = new World(LUCKY);
  const ana = world.open("ana");
  await ana.outbox.add("ana", "admin", "hola");
  world.kept.values = () => { throw new Error("away"); };
  await ana.outbox.sync();
  assert.deepEqual(states(ana), ["aqui"]);
});

test("answers are judged: states go forward, waits are kept, what says nothing changes nothing", () => {
  const entry = { id: "a", state: "pendiente", tries: 2, after: 0 };
  assert.equal(judge(entry, { ok: true, estado: "guardado" }, 100).state, "guardado");
  assert.equal(judge({ ...entry, state: "aqui" }, { ok: true, estado: "pendiente" }, 100).state, "pendiente");
  assert.equal(judge(entry, { ok: false, error: "destinatario" }, 100).error, "destinatario");
  const busy = judge(entry, { ok: false, error: "ocupado", espera_ms: 1000 }, 100, 0);
  assert.deepEqual([busy.state, busy.after], ["pendiente", 100 + 1000 + pause(2, 0)]);
  for (const error of ["perdido", "desconectado", "sesion"]) assert.equal(judge(entry, { ok: false, error }, 100), entry);
  assert.equal(forward("guardado", "pendiente"), "guardado");
  assert.ok(pause(0, 0) >= 500 && pause(50, 1) <= 10_000);
});

/** Two people, two pages each at most, two processes: everything that can happen to them, at random. */
async function walk(seed) {
  const random = seeded(seed);
  const world = new World(random);
  const written = new Map();
  const pick = (list) => list[Math.floor(random() * list.length)];
  const living = () => world.tabs.filter((tab) => !tab.dead);
  let number = 0;
  const actions = {
    async write() {
      const tab = pick(living());
      if (!tab) return;
      const con = pick(["ana", "luis"]);
      const text = `${random() < 0.05 ? "!" : ""}${(number += 1)}`;
      const name = `${tab.usuario}/${con}`;
      written.set(name, [...(written.get(name) ?? []), text]);
      await tab.outbox.add(con, "admin", text);
    },
    open: () => living().length < 4 && world.open(pick(["ana", "luis"]), pick([0, 1])).sync(),
    connect: () => { const tab = pick(living().filter((one) => !one.connected)); return tab?.connect(pick([0, 1])) && null; },
    cut: () => pick(living())?.cut(),
    crash: () => random() < 0.3 && pick(living())?.crash(),
    away: () => (world.away = random() < 0.5),
    drain: () => world.drain(pick([0, 1])),
    pass: () => world.pass(random() * 5000),
    rest: () => soon(),
  };
  for (let i = 0; i < 150; i += 1) await actions[pick(["write", "write", ...Object.keys(actions)])]();
  world.away = false;
  for (const process of [0, 1]) world.drain(process);
  for (const tab of living()) if (random() < 0.5) tab.crash();
  for (const usuario of ["ana", "luis"]) await world.open(usuario).connect();
  for (let i = 0; i < 40; i += 1) {
    for (const tab of living()) if (!tab.connected) await tab.connect();
    await world.pass(10_000);
  }
  return { world, written };
}

test("a random walk of crashes, cuts and outages loses nothing, doubles nothing and keeps the order", async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const { world, written } = await walk(seed);
    assert.deepEqual(world.faults, [], `seed ${seed}`);
    for (const [name, texts] of written) {
      const [usuario, con] = name.split("/");
      assert.deepEqual(world.texts(usuario, con), texts.filter((text) => !text.startsWith("!")), `seed ${seed}, ${name}`);
    }
    const failed = [...written.values()].flat().filter((text) => text.startsWith("!")).sort();
    assert.deepEqual([...world.kept.values()].map((entry) => entry.text).sort(), failed, `seed ${seed}`);
  }
});
