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
