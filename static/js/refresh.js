/** One request at a time for a view; a wish during it is granted by exactly one more run afterwards, whose result everybody gets. */
export function singleFlight(run) {
  let running = null;
  let again = false;
  const loop = async () => {
    let result;
    do {
      again = false;
      result = await run();
    } while (again);
    return result;
  };
  return () => {
    again = true;
    running ??= loop().finally(() => (running = null));
    return running;
  };
}

/** Gives the browser a moment for what people do: a slow phone must not be deaf while a page opens. */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** `run` in the next task, once for however many wishes until then. */
export function soon(run) {
  let wished = null;
  return () => { wished ??= nextTask().then(() => { wished = null; run(); }); };
}
