import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../static/js/store.js";
import { Tabs } from "../../static/js/tabs.js";

/** A localStorage: its keys are properties, as `Object.keys` expects. */
class Disk {
  getItem(key) { return this[key] ?? null; }
  setItem(key, value) { if (Disk.full) throw new Error("full"); this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}

const broken = { open() { throw new Error("forbidden"); } };
const entry = (id, version = 1) => ({ id, version, text: id });

test("without IndexedDB messages are kept in localStorage, for the next page", async () => {
  const disk = new Disk();
  const told = [];
  const store = new Store({ indexedDB: broken, localStorage: disk }, (lasting) => told.push(lasting));
  await store.put(entry("a"));
  await store.put(entry("b"));
  await store.put(entry("a", 2));
  const next = new Store({ indexedDB: null, localStorage: disk }, () => {});
  assert.deepEqual((await next.all()).map(({ id, version }) => [id, version]), [["a", 2], ["b", 1]]);
  await next.remove("a");
  assert.deepEqual((await store.all()).map(({ id }) => id), ["b"]);
  assert.deepEqual(told, []);
});

test("where nothing keeps them this page does, and says so; once something does again, it says that", async (context) => {
  const told = [];
  const store = new Store({ indexedDB: null, localStorage: null }, (lasting) => told.push(lasting));
  await store.put(entry("a"));
  assert.deepEqual(await store.all(), [entry("a")]);
  assert.deepEqual(told, [false]);
  const disk = new Disk();
  const filling = new Store({ indexedDB: null, localStorage: disk }, (lasting) => told.push(lasting));
  await filling.put(entry("a"));
  Disk.full = true;
  context.after(() => (Disk.full = false));
  await filling.put(entry("b"));
  assert.deepEqual(told, [false, false]);
  assert.equal((await filling.all()).length, 2);
  Disk.full = false;
  await filling.put(entry("c"));
  assert.deepEqual(told, [false, false, true]);
});

test("rubbish among what was kept is passed over", async () => {
  const disk = new Disk();
  Object.assign(disk, { "salida/x": "{", "borrador/ana/ana": "{}" });
  assert.deepEqual(await new Store({ indexedDB: null, localStorage: disk }, () => {}).all(), []);
});

test("without locks one page has the turn at a time, and a dead one's turn ends", async () => {
  const disk = new Disk();
  const place = { localStorage: disk, addEventListener() {} };
  const [one, two] = [new Tabs("ana", place), new Tabs("ana", place)];
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, (inside += 1));
    await new Promise((resolve) => setTimeout(resolve, 60));
    inside -= 1;
  };
  disk.setItem("turno/ana", `dead ${Date.now() + 100}`);
  await Promise.all([one.turn("ana", work), two.turn("ana", work), one.turn("luis", work)].slice(0, 2));
  assert.equal(most, 1);
  assert.equal(disk.getItem("turno/ana"), null);
});
