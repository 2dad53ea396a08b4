'use strict';

// Asks the server for one thing at a time: a newer question makes the older one's answer worthless.
globalThis.nethraMap.asker = () => {
  const {nethraMap} = globalThis;
  let running = new AbortController();

  const stop = () => running.abort();

  const ask = async (url, show, fail) => {
    stop();
    running = new AbortController();
    const {signal} = running;
    try {
      const answer = await nethraMap.getJson(url, signal);
      if (!signal.aborted) show(answer);
    } catch (problem) {
      if (!signal.aborted) fail(problem.message);
    }
  };

  return {ask, stop};
};
