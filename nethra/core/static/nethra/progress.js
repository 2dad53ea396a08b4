'use strict';

// Follows a long job: asks for its numbers every second and loads the page anew when it has ended. Without this
// script the page reloads itself.
(() => {
  const EVERY_MS = 1000;
  const PATIENCE = 10;
  const number = new Intl.NumberFormat('en');

  const show = (root, state) => {
    const bar = root.querySelector('progress');
    if (state.total) Object.assign(bar, {max: state.total, value: state.done});
    else bar.removeAttribute('value');
    root.querySelector('[data-progress-words]').textContent = state.words;
    for (const cell of root.querySelectorAll('[data-progress-count]')) {
      cell.textContent = number.format(state.counts[cell.dataset.progressCount]);
    }
  };

  const ask = async (url) => {
    const answer = await fetch(url, {credentials: 'same-origin', headers: {Accept: 'application/json'}});
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const follow = async (root) => {
    const stage = root.dataset.progressStage;
    let failures = 0;
    const once = async () => {
      try {
        const state = await ask(root.dataset.progressUrl);
        failures = 0;
        if (state.stage !== stage) return location.reload();
        show(root, state);
      } catch {
        failures += 1;
        // A sign-in that has ended, or a server that is away: the reloaded page says which.
        if (failures > PATIENCE) return location.reload();
      }
      return setTimeout(once, EVERY_MS);
    };
    await once();
  };

  document.querySelectorAll('[data-progress-url]').forEach(follow);
})();
