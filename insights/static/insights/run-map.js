'use strict';

// The map of a result: each row in the colour of its class, its numbers in words when it is picked.
(() => {
  const {ol, nethraMap} = globalThis;
  const WORDS = ['#2563eb', '#c2410c', '#0e9384', '#9333ea', '#b45309', '#be123c', '#4d7c0f', '#6b7280'];
  const EMPTY = '#9ca3af';

  const ramp = (scale) => {
    const {bins, changes} = nethraMap.colours();
    if (scale === 'words') return WORDS;
    return scale === 'around zero' ? changes : bins;
  };

  const colourOf = (rows, place) => {
    const colours = ramp(rows.scale);
    if (place < 0) return EMPTY;
    // A legend of fewer classes takes the strongest colours.
    const shift = rows.scale === 'rising' ? colours.length - rows.labels.length : 0;
    return colours[Math.min(Math.max(place + shift, 0), colours.length - 1)];
  };

  const styleOf = (rows, picked) => (feature) => {
    const colour = colourOf(rows, feature.get('class'));
    const isPicked = picked() === feature;
    const line = isPicked ? nethraMap.colours().outline : colour;
    const kind = feature.getGeometry().getType();
    // A street is a line alone: its colour has to be seen.
    const width = (kind.includes('Line') ? 5 : 1) + (isPicked ? 2 : 0);
    const stroke = new ol.style.Stroke({color: line, width});
    const fill = new ol.style.Fill({color: `${colour}${kind.includes('Polygon') ? 'a6' : ''}`});
    return new ol.style.Style({stroke, fill, image: new ol.style.Circle({radius: 6, stroke, fill})});
  };

  const paintLegend = (root, rows) => {
    for (const swatch of root.querySelectorAll('[data-run-class]')) {
      swatch.style.background = colourOf(rows, Number(swatch.dataset.runClass));
    }
  };

  const start = (root) => {
    const rows = JSON.parse(document.getElementById(root.dataset.rows).textContent);
    const canvas = root.querySelector('[data-run-canvas]');
    const words = root.querySelector('[data-run-words]');
    let picked = null;
    const source = new ol.source.Vector({features: nethraMap.readFeatures(rows)});
    const found = new ol.layer.Vector({source, style: styleOf(rows, () => picked), zIndex: 4});
    const map = new ol.Map({
      controls: nethraMap.controls(), interactions: nethraMap.formInteractions(),
      layers: [...nethraMap.companyLayers(root).layers, found],
      view: new ol.View({center: [0, 0], zoom: 1}),
    });
    const choose = (feature) => {
      picked = feature ?? null;
      words.textContent = picked ? picked.get('words').join('; ') : 'Nothing was found here.';
      found.changed();
    };
    map.on('singleclick', (event) => {
      choose(map.forEachFeatureAtPixel(event.pixel, (feature) => feature, {layerFilter: (layer) => layer === found, hitTolerance: 4}));
    });
    canvas.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      choose(source.getClosestFeatureToCoordinate(map.getView().getCenter()));
    });
    nethraMap.placeWhenShown(map, canvas, () => nethraMap.fit(map, source.getExtent(), false));
    nethraMap.onThemeChange(() => {
      map.getLayers().forEach((layer) => layer.changed());
      paintLegend(root, rows);
    });
    paintLegend(root, rows);
    root.dataset.runReady = 'true';
  };

  document.querySelectorAll('[data-run-map]').forEach(start);
})();
