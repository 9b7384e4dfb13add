/** One request at a time for a view; a wish during it is granted by exactly one more run afterwards. */
export function singleFlight(run) {
  let running = null;
  let again = false;
  const loop = async () => {
    do {
      again = false;
      await run();
    } while (again);
  };
  return () => {
    again = true;
    running ??= loop().finally(() => (running = null));
    return running;
  };
}
