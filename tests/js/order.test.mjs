import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, holdPlaces } from "../../static/js/order.js";

/** The little of a list that `arrange` needs. */
class List {
  constructor(names) {
    this.rows = names.map((name) => this.row(name));
    this.moved = [];
  }

  row(name) {
    const list = this;
    return { name, get nextElementSibling() { return list.rows[list.rows.indexOf(this) + 1] ?? null; } };
  }

  get firstElementChild() {
    return this.rows[0] ?? null;
  }

  insertBefore(row, next) {
    this.moved.push(row.name);
    this.rows = this.rows.filter((other) => other !== row);
    this.rows.splice(next ? this.rows.indexOf(next) : this.rows.length, 0, row);
  }

  get(...names) {
    return names.map((name) => this.rows.find((row) => row.name === name));
  }

  get names() {
    return this.rows.map((row) => row.name).join("");
  }
}

const put = (start, wanted, held = {}) => {
  const list = new List([...start]);
  const places = new Map(Object.entries(held).map(([name, index]) => [list.get(name)[0], index]));
  arrange(list, holdPlaces(list.get(...wanted), places), places);
  return list;
};

test("the latest moves up and nothing else is touched", () => {
  const list = put("abcd", "dabc");
  assert.equal(list.names, "dabc");
  assert.deepEqual(list.moved, ["d"]);
});

test("a list in order is left alone", () => {
  assert.deepEqual(put("abc", "abc").moved, []);
});

test("the row under the pointer keeps its place and is never moved in the document", () => {
  const list = put("abcd", "dabc", { c: 2 });
  assert.equal(list.names, "dacb");
  assert.equal(list.moved.includes("c"), false);
});

test("the row under the pointer stays where it is even when it is the latest", () => {
  const list = put("abcd", "cabd", { c: 2 });
  assert.equal(list.names, "abcd");
  assert.deepEqual(list.moved, []);
});

test("pointer and focus hold two rows", () => {
  const list = put("abcde", "edcba", { a: 0, d: 3 });
  assert.equal(list.names, "aecdb");
  assert.equal(list.moved.some((name) => "ad".includes(name)), false);
});
