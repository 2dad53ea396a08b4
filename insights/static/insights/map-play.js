'use strict';

// Lets the period move by itself: a step, a wait for the picture, another step.
globalThis.nethraMap.play = (() => {
  const build = (root, slider, isReady) => {
    const [play, back, ahead, step, pace] = ['play', 'back', 'ahead', 'step', 'pace'].map((name) => root.querySelector(`[data-play-${name}]`));
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    let timer = 0;

    const isPlaying = () => Boolean(timer);
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = 'Play';
    };
    const moveBy = (direction) => {
      const before = slider.value;
      slider.value = String(Number(slider.value) + direction * Number(step.value));
      if (slider.value !== before) slider.dispatchEvent(new Event('input', {bubbles: true}));
      return slider.value !== before;
    };
    // A picture that is not there yet is waited for, else the pictures would say another period than the words.
    const tick = () => { if (slider.disabled || (isReady() && !moveBy(1))) stop(); };
    const start = () => {
      if (slider.value === slider.max) slider.value = '0';
      play.textContent = 'Pause';
      timer = setInterval(tick, Number(pace.value));
      tick();
    };
    // Who asks for less motion steps by hand.
    const followMotion = () => {
      if (calm.matches) stop();
      play.disabled = calm.matches;
      root.querySelector('[data-play-calm]').hidden = !calm.matches;
    };

    play.addEventListener('click', () => (isPlaying() ? stop() : start()));
    back.addEventListener('click', () => moveBy(-1));
    ahead.addEventListener('click', () => moveBy(1));
    pace.addEventListener('change', () => {
      if (!isPlaying()) return;
      stop();
      start();
    });
    calm.addEventListener('change', followMotion);
    document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); });
    followMotion();
    return {stop};
  };

  return {build};
})();
