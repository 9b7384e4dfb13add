import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, tabs } from "../../static/js/draft.js";

/** As localStorage: its keys are its properties. */
const storage = (kept = {}) => Object.create({
  getItem(key) { return this[key] ?? null; },
  setItem(key, value) { this[key] = value; },
  removeItem(key) { delete this[key]; },
}, kept);

const drafts = (disk, tab, alive = [], now = () => 1000) => new Drafts("marta", disk, { tab, alive: alive && new Set(alive), now });

test("a draft survives a reload, apart for each person and conversation", () => {
  const disk = storage();
  drafts(disk, "a").set("ana", "para Ana");
  assert.equal(drafts(disk, "a", ["a"]).get("ana"), "para Ana");
  assert.equal(drafts(disk, "a").get("luis"), "");
  assert.equal(new Drafts("elena", disk, { tab: "a" }).get("ana"), "");
});

test("two tabs never touch each other's draft, whatever either sends, empties or reloads", () => {
  const disk = storage();
  const [one, two] = [drafts(disk, "a"), drafts(disk, "b", ["a"])];
  one.set("ana", "un borrador largo");
  assert.equal(two.get("ana"), "");
  two.set("ana", "ok");
  two.set("ana", "");
  two.leave();
  assert.equal(drafts(disk, "a", ["b"]).get("ana"), "un borrador largo");
});

test("a new tab is given the latest that nobody has any more, once", () => {
  const disk = storage();
  drafts(disk, "a", [], () => 1).set("ana", "older");
  drafts(disk, "b", [], () => 2).set("ana", "latest");
  drafts(disk, "c", [], () => 3).set("ana", "of a living tab");
  const fourth = drafts(disk, "d", ["c", "d"]);
  assert.equal(fourth.get("ana"), "latest");
  assert.equal(drafts(disk, "e", ["c", "d", "e"]).get("ana"), "older");
});

test("a tab that came later than this page keeps what it has until it leaves", () => {
  const disk = storage();
  const early = drafts(disk, "a", ["a"], () => 1000);
  const late = drafts(disk, "b", ["a", "b"], () => 2000);
  late.set("luis", "begun later");
  assert.equal(early.get("luis"), "");
  late.leave();
  assert.equal(drafts(disk, "c", ["a"], () => 1500).get("luis"), "begun later");
});

test("where nobody can tell who lives, what a tab left behind is free, and the rest a day later", () => {
  const disk = storage();
  let now = 1000;
  const clock = () => now;
  drafts(disk, "a", null, clock).set("ana", "still open or crashed");
  assert.equal(drafts(disk, "b", null, clock).get("ana"), "");
  now += 2 * 86400 * 1000;
  assert.equal(drafts(disk, "c", null, clock).get("ana"), "still open or crashed");
  now += 40 * 86400 * 1000;
  assert.equal(drafts(disk, "d", null, clock).get("ana"), "");
  assert.deepEqual(Object.keys(disk), []);
});

test("signing out takes every draft of this person, and nothing is written after it", () => {
  const disk = storage();
  const page = drafts(disk, "a");
  page.set("ana", "x");
  drafts(disk, "b").set("luis", "y");
  new Drafts("elena", disk, { tab: "a" }).set("ana", "hers");
  page.clear();
  page.set("ana", "again");
  assert.deepEqual(Object.keys(disk), ["borrador/elena/ana/a"]);
});

test("an empty draft leaves nothing behind, and without a conversation there is none", () => {
  const disk = storage();
  const page = drafts(disk, "a");
  page.set("", "x");
  page.set("ana", "x");
  assert.equal(Object.keys(disk).length, 1);
  page.set("ana", "");
  assert.equal(Object.keys(disk).length, 0);
});

test("without storage, with a full one and with rubbish in it drafts still work", () => {
  const none = new Drafts("ana", null);
  none.set("ana", "x");
  none.leave();
  assert.equal(none.get("ana"), "x");
  const full = new Drafts("ana", Object.assign(storage(), { setItem() { throw new Error("full"); } }));
  full.set("ana", "y");
  assert.equal(full.get("ana"), "y");
  for (const rubbish of ["{", "null", "3", '{"text": 3}']) {
    assert.equal(new Drafts("ana", storage({ "borrador/ana/ana/": { value: rubbish, enumerable: true, configurable: true, writable: true } })).get("ana"), "", rubbish);
  }
});

const browser = (sessionStorage, held = [], ends = []) => ({
  sessionStorage,
  ends,
  addEventListener: (name, work) => name === "pagehide" && ends.push(work),
  navigator: { locks: { request: async (name) => { held.push({ name }); }, query: async () => ({ held }) } },
});

test("a tab has the same name after a reload, another one where it was duplicated", async () => {
  const session = storage();
  const first = browser(session);
  const { tab } = await tabs(first, () => "one");
  assert.equal((await tabs(browser(storage(Object.getOwnPropertyDescriptors(session))), () => "two")).tab, "two");
  first.ends.forEach((work) => work());
  const again = await tabs(browser(session, [{ name: "pestana/other" }, { name: "salida/x" }]), () => "three");
  assert.equal(again.tab, tab);
  assert.deepEqual([...again.alive].sort(), ["one", "other"]);
});
