import assert from "node:assert/strict";
import { test } from "node:test";
import { singleFlight } from "../../static/js/refresh.js";

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("wishes during a request are granted by one more request", async () => {
  const answers = [];
  const refresh = singleFlight(() => new Promise((answer) => answers.push(answer)));
  const asked = [refresh(), refresh(), refresh()];
  assert.equal(answers.length, 1);
  answers[0]();
  await soon();
  assert.equal(answers.length, 2);
  answers[1]();
  await Promise.all(asked);
  assert.equal(answers.length, 2);
  refresh();
  assert.equal(answers.length, 3);
  answers[2]();
});

test("two requests are never under way together", async () => {
  let open = 0;
  let most = 0;
  const refresh = singleFlight(async () => {
    most = Math.max(most, (open += 1));
    await soon();
    open -= 1;
  });
  await Promise.all([refresh(), refresh(), soon().then(refresh)]);
  assert.equal(most, 1);
});

test("a failure is heard by whoever asked, and does not stop later ones", async () => {
  let fails = true;
  const refresh = singleFlight(async () => {
    if (fails) throw new Error("away");
  });
  await assert.rejects(refresh(), /away/);
  fails = false;
  await refresh();
});

test("everybody who asked gets the result of the last run", async () => {
  let number = 0;
  const refresh = singleFlight(async () => { await soon(); return (number += 1); });
  assert.deepEqual(await Promise.all([refresh(), refresh()]), [2, 2]);
});
