'use strict';

// Cases as diamonds, each where its primary incident was.
globalThis.nethraMap.cases = (() => {
  const {ol, nethraMap} = globalThis;

  const style = () => new ol.style.Style({
    image: new ol.style.RegularShape({
      points: 4, radius: 9, angle: 0, fill: new ol.style.Fill({color: nethraMap.colours().outline}),
      stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 2}),
    }),
  });

  const build = (map) => {
    const source = new ol.source.Vector();
    const layer = new ol.layer.Vector({source, style, zIndex: 7});
    map.addLayer(layer);
    let running = new AbortController();

    const clear = () => {
      running.abort();
      source.clear();
    };
    const load = async (url, failed) => {
      clear();
      running = new AbortController();
      const {signal} = running;
      try {
        const answer = await nethraMap.getJson(url, signal);
        const features = nethraMap.readFeatures(answer);
        if (!signal.aborted) source.addFeatures(features);
      } catch (problem) {
        if (!signal.aborted) failed(problem.message);
      }
    };
    const at = (pixel) => map.getFeaturesAtPixel(pixel, {hitTolerance: 6, layerFilter: (each) => each === layer});
    return {at, clear, count: () => source.getFeatures().length, load, recolour: () => layer.changed()};
  };

  return {build};
})();
