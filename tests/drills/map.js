// What the drill of the map measures in the page; runs before the page's own scripts.
'use strict';

{
  let bundle;
  let map;

  // The map is nobody's global: it is noted where it is made.
  Object.defineProperty(globalThis, 'ol', {
    configurable: true, get: () => bundle,
    set: (given) => {
      bundle = given;
      bundle.Map = class extends given.Map {
        constructor(...options) {
          super(...options);
          map ??= this;
        }
      };
    },
  });

  const find = (name) => document.querySelector(`[data-${name}]`);
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => new Promise((done) => {
    map.once('rendercomplete', () => done(performance.now()));
    map.render();
  });
  const until = async (isSo, most = 60000) => {
    const began = performance.now();
    while (!isSo()) {
      if (performance.now() - began > most) throw new Error(`The map is not settled: ${find('map-status')?.textContent}`);
      await frame();
    }
  };
  const period = () => `${find('map-filters').elements.from.value}/${find('map-filters').elements.to.value}`;
  // A city is not seen from afar.
  const isClose = () => map?.getView().getZoom() > 8;
  const isShown = () => isClose() && find('crime-map').dataset.shown === period();
  const isTold = () => /\d/.test(find('map-total')?.textContent) && /\d/.test(find('hours-words')?.textContent);

  globalThis.drill = {
    hasWebGL: () => Boolean(document.createElement('canvas').getContext('webgl')),
    // Milliseconds since navigation began, when picture, hours and count were there.
    settled: async () => {
      await until(() => isShown() && isTold());
      return drawn();
    },
    told: () => find('map-total').textContent,
    period,
    // Moves the slider; returns the milliseconds from the event until the picture of the new period was drawn.
    step: async (days) => {
      const slider = find('period-slider');
      slider.value = String(Number(slider.value) + days);
      const began = performance.now();
      slider.dispatchEvent(new Event('input', {bubbles: true}));
      await until(isShown);
      return (await drawn()) - began;
    },
    // The incidents of the cells that are drawn, where they are drawn by themselves and not tile by tile.
    inCells: () => {
      const layer = map.getLayers().getArray().find((each) => each.get('name') === 'steps' && each.getVisible());
      const features = layer?.getSource().getFeatures() ?? [];
      return features.length ? features.reduce((sum, feature) => sum + feature.get('count'), 0) : null;
    },
  };
}
