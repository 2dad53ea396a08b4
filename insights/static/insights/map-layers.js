'use strict';

// Incidents as vector tiles: single marks, or hexagons coloured by count.
globalThis.nethraMap.layers = (() => {
  const {ol, nethraMap} = globalThis;
  const TILE_ERROR = 3;
  const NICE = [1, 2, 3, 4, 5, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000,
    5000, 7500, 10000, 15000, 20000, 30000, 50000, 100000];

  const niceBelow = (value) => NICE.findLast((nice) => nice <= value) ?? 1;

  // Returns the lowest count of each class, at most five. Counts of crime are heavily skewed, so the classes hold
  // fewer and fewer cells upwards; equal shares would paint a fifth of any map in the strongest colour.
  const classBreaks = (counts) => {
    if (!counts.length) return [];
    const sorted = counts.toSorted((a, b) => a - b);
    const at = (share) => niceBelow(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
    return [...new Set([niceBelow(sorted[0]), at(0.5), at(0.75), at(0.9), at(0.97)])].sort((a, b) => a - b);
  };

  const classOf = (count, breaks) => Math.max(0, breaks.findLastIndex((lowest) => lowest <= count));

  const number = new Intl.NumberFormat('en');
  const classWords = (lowest, next, highest) => {
    const last = next === undefined ? highest : next - 1;
    return last > lowest ? `${number.format(lowest)}–${number.format(last)}` : number.format(lowest);
  };

  // Few classes still run from the palest to the strongest colour.
  const classColour = (index, total) => {
    const {bins} = nethraMap.colours();
    return total < 2 ? bins[2] : bins[Math.round((index * (bins.length - 1)) / (total - 1))];
  };

  const binStyle = (colour) => new ol.style.Style({
    fill: new ol.style.Fill({color: `${colour}cc`}),
    stroke: new ol.style.Stroke({color: nethraMap.colours().binLine, width: 0.75}),
  });

  const markStyle = (resolution) => new ol.style.Style({
    image: new ol.style.Circle({
      radius: resolution > 10 ? 4 : 6, fill: new ol.style.Fill({color: `${nethraMap.colours().mark}cc`}),
      stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 1.25}),
    }),
  });

  // Styles are made once for each look, not for each of fifty thousand marks.
  const styler = (classes) => {
    let made = new Map();
    const once = (key, make) => {
      if (!made.has(key)) made.set(key, make());
      return made.get(key);
    };
    const style = (feature, resolution) => {
      if (feature.get('layer') !== 'bins') return once(`mark${resolution > 10}`, () => markStyle(resolution));
      const index = classOf(feature.get('count'), classes.breaks);
      return once(index, () => binStyle(classColour(index, classes.breaks.length)));
    };
    return {style, forget: () => { made = new Map(); }};
  };

  // fetch instead of OpenLayers' own loader: an expired session answers with the login page, which is no tile.
  const loadTile = (format, told) => (tile, url) => tile.setLoader(async (extent, resolution, projection) => {
    try {
      const answer = await fetch(url, {credentials: 'same-origin', signal: told.signal});
      if (answer.redirected || !answer.ok) throw new Error(answer.redirected ? 'signed-out' : String(answer.status));
      const body = answer.status === 204 ? new ArrayBuffer(0) : await answer.arrayBuffer();
      tile.setFeatures(format.readFeatures(body, {extent, featureProjection: projection}));
    } catch (problem) {
      // An aborted load belongs to filters that are gone; everything else has to be said.
      if (!told.signal.aborted) told.failed(problem.message);
      tile.setState(TILE_ERROR);
    }
  });

  const WIDE = 512;
  const DEEPEST = 18;
  // The zoom of the tiles that the map asks for, which says how wide their hexagons are.
  const zoomOf = (map) => (
    ol.tilegrid.createXYZ({maxZoom: DEEPEST, tileSize: WIDE}).getZForResolution(map.getView().getResolution(), 1)
  );

  const tileSource = (url, told) => {
    const format = new ol.format.MVT({layers: ['incidents', 'bins']});
    return new ol.source.VectorTile({
      format, url, maxZoom: DEEPEST, tileSize: WIDE, transition: 0, tileLoadFunction: loadTile(format, told),
    });
  };

  const build = (map) => {
    const classes = {breaks: []};
    const look = styler(classes);
    const make = () => new ol.layer.VectorTile({style: look.style, renderBuffer: 16, zIndex: 3});
    let layer = make();
    let stale = null;
    let running = new AbortController();
    map.addLayer(layer);

    const dropStale = () => {
      if (stale) map.removeLayer(stale);
      stale = null;
    };
    // A new layer for new filters: a layer keeps the tiles of its former source and would count them too. The old
    // picture stays, pale, until the new one is whole.
    const load = (url, failed) => {
      running.abort();
      running = new AbortController();
      dropStale();
      stale = layer;
      stale.setOpacity(0.35);
      layer = make();
      layer.setSource(tileSource(url, {signal: running.signal, failed}));
      map.addLayer(layer);
    };
    // Another picture takes this one's place.
    const clear = () => {
      running.abort();
      dropStale();
      layer.setSource(null);
    };
    const inView = () => layer.getFeaturesInExtent(map.getView().calculateExtent(map.getSize()));
    const recolour = () => {
      look.forget();
      layer.changed();
    };
    // Tells what the picture shows now; colours follow what is on the screen, and the legend says the numbers.
    const survey = () => {
      dropStale();
      const counts = [];
      const known = new Set();
      let marks = 0;
      for (const feature of layer.getSource() ? inView() : []) {
        if (feature.get('layer') !== 'bins') marks += 1;
        // A hexagon on the border of two tiles comes twice.
        else if (!known.has(feature.getId())) counts.push(feature.get('count'));
        known.add(feature.getId());
      }
      const breaks = classBreaks(counts);
      if (breaks.join() !== classes.breaks.join()) {
        classes.breaks = breaks;
        recolour();
      }
      const highest = counts.reduce((most, count) => Math.max(most, count), 0);
      const words = breaks.map((lowest, index) => ({
        colour: classColour(index, breaks.length), words: classWords(lowest, breaks[index + 1], highest),
      }));
      return {classes: words, title: breaks.length ? 'Incidents in a hexagon (count)' : '', marks};
    };
    const at = (pixel) => map.getFeaturesAtPixel(pixel, {hitTolerance: 6, layerFilter: (each) => each === layer});
    return {at, clear, load, recolour, survey};
  };

  return {binStyle, build, classBreaks, classColour, classOf, classWords, zoomOf};
})();
