import assert from "node:assert/strict";
import { test } from "node:test";
import { Socket } from "./socket.mjs";
import { soon } from "./world.mjs";

const BEAT = 10_000;
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.window = new EventTarget();
globalThis.addEventListener = window.addEventListener.bind(window);
Object.defineProperty(globalThis, "navigator", { value: { onLine: true } });
const { Live } = await import("../../static/js/live.js");

const settle = async () => { for (let i = 0; i < 20; i += 1) await soon(); };

/** A page at a desk that can be made unreadable; `told` is what the page was told to do, in order. */
const open = async (context, answer = { epoca: "a", ultimo: 3 }, epoca = "a") => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  const socket = new Socket();
  const page = { socket, readable: true, refreshes: 0, told: [], lines: [], joins: [] };
  const tell = (name) => () => page.told.push(name);
  const status = {
    state: "",
    show(state) { page.lines.push((this.state = state)); },
    upToDate() {},
  };
  const refresh = () => {
    page.refreshes += 1;
    return [page.readable ? Promise.resolve() : Promise.reject(Object.assign(new Error("partial: 503"), { status: 503 }))];
  };
  page.live = new Live(() => socket, {
    status, refresh, epoca, heard: {}, place: (drawn) => ({ desde: drawn ? 2 : 3, last: 3 }),
    joined: (drawn) => page.joins.push(drawn),
    drawn: async () => { page.told.push("drawn"); },
    ...Object.fromEntries(["gap", "complete", "ended", "restart", "looked"].map((name) => [name, tell(name)])),
  });
  socket.answer = async () => answer;
  page.connect = async () => { socket.fire("connect"); await settle(); };
  page.beat = async (beat) => { socket.handlers.latido(beat); await settle(); };
  page.pass = async (time) => { context.mock.timers.tick(time); await settle(); };
  await page.connect();
  return page;
};

test("the line says live only after everything could be read", async (context) => {
  const page = await open(context);
  assert.deepEqual(page.lines, ["poniendo", "vivo"]);
  page.readable = false;
  page.socket.fire("disconnect");
  await page.connect();
  assert.equal(page.lines.at(-1), "poniendo");
  page.readable = true;
  await page.pass(6000);
  assert.equal(page.lines.at(-1), "vivo");
});

test("after a restore the page loads itself anew, but only once the desk can be read", async (context) => {
  const page = await open(context);
  page.readable = false;
  await page.beat({ epoca: "b", ultimo: 2 });
  await page.pass(6000);
  assert.ok(!page.told.includes("restart"), "an error page would stay");
  assert.equal(page.lines.at(-1), "poniendo");
  page.readable = true;
  await page.pass(6000);
  assert.equal(page.told.filter((name) => name === "restart").length, 1);
  assert.equal(page.lines.at(-1), "poniendo", "the rows on the page are another history's");
});

test("what was read before a connection may be older than it: only the first page needs no second look", async (context) => {
  const page = await open(context);
  page.socket.fire("disconnect");
  await page.live.catchUp(); // by asking, while there is no connection
  await page.connect();
  assert.deepEqual(page.joins, [true, false]);
});

for (const answer of [{ epoca: "b" }, { epoca: "a", reinicio: true }])
  test(`a restore that was missed is told at the next connection: ${Object.keys(answer)}`, async (context) => {
    const page = await open(context);
    page.socket.fire("disconnect");
    page.socket.answer = async () => answer;
    await page.connect();
    assert.ok(page.told.includes("restart"));
  });

test("a heartbeat of what this page has asks for nothing, of more repairs the gap once", async (context) => {
  const page = await open(context);
  const before = page.refreshes;
  await page.beat({ epoca: "a", ultimo: 3 });
  assert.equal(page.refreshes, before);
  await page.beat({ epoca: "a", ultimo: 4 });
  await page.beat({ epoca: "a", ultimo: 4 });
  assert.equal(page.refreshes, before + 1);
});

test("a device that slept catches up when it wakes, one that was awake does not", async (context) => {
  const page = await open(context);
  const before = page.refreshes;
  await page.pass(BEAT);
  assert.deepEqual([page.refreshes, page.told.includes("gap")], [before, false]);
  context.mock.timers.setTime(Date.now() + 20 * BEAT); // the clock went on, the timers did not
  await page.pass(BEAT);
  assert.ok(page.refreshes > before);
  assert.ok(page.told.includes("gap"));
});

test("a page just drawn that lacks nothing does not ask for what it shows", async (context) => {
  const page = await open(context, { ok: true, epoca: "a", filas: [], mas: false });
  assert.deepEqual([page.refreshes, page.lines], [0, ["poniendo", "vivo"]]);
  assert.deepEqual(page.socket.sent, [["sincronizar", { desde: 2, limite: 1, epoca: "a" }]]);
  assert.equal(page.told.filter((what) => what === "drawn").length, 1, "what else may have changed since is asked for");
  page.socket.fire("disconnect");
  await page.connect();
  assert.equal(page.refreshes, 1, "after a gap all may have changed");
  assert.equal(page.socket.sent.at(-1)[1].desde, 3);
});

for (const [what, answer] of Object.entries({ more: { epoca: "a", filas: [{}], mas: false }, nothing: { ok: false, error: "perdido" } }))
  test(`a page just drawn asks for everything where the desk says ${what}`, async (context) => {
    const page = await open(context, answer);
    assert.deepEqual([page.refreshes, page.lines.at(-1)], [1, "vivo"]);
  });

test("a page that was drawn before a restore loads itself anew", async (context) => {
  const page = await open(context, { epoca: "b", filas: [], mas: false });
  assert.ok(page.told.includes("restart"));
});

test("somebody who looks at a page just drawn does not make it ask", async (context) => {
  const page = await open(context, new Promise(() => {}));
  window.dispatchEvent(new Event("focus"));
  await settle();
  assert.equal(page.refreshes, 0);
});
