import assert from "node:assert/strict";
import { test } from "node:test";
import { Relay } from "../../static/js/relay.js";

/** Pages of one browser: a channel that all but the speaker hear, and turns one after the other. */
const browser = () => {
  const channels = [];
  const queue = [];
  let busy = false;
  const next = async () => {
    if (busy || !queue.length) return;
    busy = true;
    await queue.shift()();
    busy = false;
    next();
  };
  class BroadcastChannel {
    constructor() { channels.push(this); }
    postMessage(data) { channels.filter((other) => other !== this).forEach((other) => other.onmessage({ data })); }
  }
  const tabs = { turn: (name, work) => { queue.push(work); next(); } };
  return (name) => {
    const page = { name, heard: [], changes: [], granted: 0 };
    page.relay = new Relay({
      tabs, BroadcastChannel, usuario: "ana",
      heard: (event, payload) => page.heard.push([event, payload]),
      changed: (fed) => page.changes.push(fed),
      granted: () => (page.granted += 1),
      every: (work) => (page.tick = work),
    });
    page.hearing = page.relay.handing({ mensaje_recibido: () => page.heard.push("own") });
    return page;
  };
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("one page polls, and the others hear what it hears", async () => {
  const open = browser();
  const [one, two, three] = ["one", "two", "three"].map(open);
  for (const page of [one, two]) page.relay.want();
  assert.deepEqual([one.granted, two.granted], [1, 0]);
  one.relay.say(true);
  assert.deepEqual(two.changes, [true]);
  one.hearing.mensaje_recibido({ de: "marta" });
  assert.deepEqual(two.heard, [["mensaje_recibido", { de: "marta" }]]);
  three.relay.want();
  assert.deepEqual(three.changes, [true]);
  two.hearing.mensaje_recibido({ de: "marta" });
  assert.equal(three.heard.length, 0, "only the holder hands on");
});

test("when the one that polled is gone another one polls, and is fed no longer", async () => {
  const open = browser();
  const [one, two, three] = ["one", "two", "three"].map(open);
  for (const page of [one, two, three]) page.relay.want();
  one.relay.say(true);
  one.relay.end();
  await settle();
  assert.deepEqual([two.granted, two.relay.fed, three.granted, three.relay.fed], [1, false, 0, false]);
  two.relay.say(true);
  assert.equal(three.relay.fed, true);
});

test("who was fed by one that was killed looks again when the next one hears", async () => {
  const open = browser();
  const [one, two, three] = ["one", "two", "three"].map(open);
  for (const page of [one, two, three]) page.relay.want();
  one.relay.say(true);
  one.relay.say = () => {}; // a closed tab says nothing
  one.relay.end();
  await settle();
  two.relay.say(true);
  assert.deepEqual(three.changes, [true, false, true], "what came in between was told to nobody");
});

test("a holder that answers no more is not believed", () => {
  const open = browser();
  const [one, two] = ["one", "two"].map(open);
  for (const page of [one, two]) page.relay.want();
  one.relay.say(true);
  one.relay.say = () => {};
  two.tick();
  assert.equal(two.relay.fed, true, "it answered");
  Object.defineProperty(one.relay, "holds", { get: () => false }); // its answers are lost
  for (let i = 0; i < 3; i += 1) two.tick();
  assert.equal(two.relay.fed, false);
});

test("a page that has a WebSocket after all leaves the turn it had not had yet", async () => {
  const open = browser();
  const [one, two, three] = ["one", "two", "three"].map(open);
  for (const page of [one, two, three]) page.relay.want();
  two.relay.end();
  one.relay.end();
  await settle();
  assert.deepEqual([two.granted, three.granted], [0, 1]);
});
