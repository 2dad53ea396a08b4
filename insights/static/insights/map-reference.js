'use strict';

// An operator's own layers, with the incidents: switched on one by one, and kept in the address.
globalThis.nethraMap.reference = (() => {
  const {ol, nethraMap} = globalThis;
  const DEEPEST = 18;
  const TILE_ERROR = 3;
  // About a street wide: from here on names find room.
  const LABELLED = 2.5;
  const SHAPES = {point: 'square', line: 'line', area: 'swatch', mixed: 'swatch'};

  const styler = (colourOf) => (feature, resolution) => {
    const colour = colourOf();
    const name = resolution < LABELLED ? feature.get('name') : '';
    return new ol.style.Style({
      fill: new ol.style.Fill({color: `${colour}33`}), stroke: new ol.style.Stroke({color: colour, width: 2}),
      // Squares: what is round is an incident.
      image: new ol.style.RegularShape({
        points: 4, angle: Math.PI / 4, radius: resolution > 10 ? 4 : 6, fill: new ol.style.Fill({color: colour}),
        stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 1}),
      }),
      text: name ? new ol.style.Text({
        text: name, offsetY: 12, font: '12px Inter, sans-serif', overflow: true, fill: new ol.style.Fill({color: colour}),
        stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 3}),
      }) : undefined,
    });
  };

  const build = (map, root, changed, fail) => {
    const boxes = [...(root?.querySelectorAll('[data-layer]') ?? [])];
    const fromZoom = Number(root?.dataset.fromZoom ?? 0);
    const grid = ol.tilegrid.createXYZ({minZoom: fromZoom, maxZoom: DEEPEST, tileSize: 512});
    const made = new Map();
    // Zooms at which a tile had more than it could hold.
    const cut = new Map(boxes.map((box) => [box, new Set()]));

    const colourOf = (box) => {
      const {layers} = nethraMap.colours();
      return layers[boxes.indexOf(box) % layers.length];
    };
    // Behind the marks of incidents. Hexagons and beats would cover lines and points whole, so those lie on top of them.
    let areMarks = false;
    const depthOf = (box) => (areMarks || !['point', 'line'].includes(box.dataset.layerKind) ? 2 : 4);
    const beneath = (marks) => {
      areMarks = marks;
      made.forEach((layer, box) => layer.setZIndex(depthOf(box)));
    };
    const loader = (box, format) => (tile, url) => tile.setLoader(async (extent, resolution, projection) => {
      try {
        const answer = await fetch(url, {credentials: 'same-origin'});
        if (answer.redirected || !answer.ok) throw new Error(answer.redirected ? 'signed-out' : String(answer.status));
        if (answer.headers.get('Nethra-Cut')) cut.get(box).add(tile.getTileCoord()[0]);
        const body = answer.status === 204 ? new ArrayBuffer(0) : await answer.arrayBuffer();
        tile.setFeatures(format.readFeatures(body, {extent, featureProjection: projection}));
      } catch (problem) {
        fail(problem.message);
        tile.setState(TILE_ERROR);
      }
    });
    const make = (box) => {
      const format = new ol.format.MVT();
      const layer = new ol.layer.VectorTile({
        style: styler(() => colourOf(box)), zIndex: depthOf(box), declutter: true, renderBuffer: 32, visible: false,
        source: new ol.source.VectorTile({format, url: box.dataset.layerUrl, tileGrid: grid, tileLoadFunction: loader(box, format)}),
        properties: {name: box.dataset.layer},
      });
      map.addLayer(layer);
      made.set(box, layer);
      return layer;
    };

    const chosen = () => boxes.filter((box) => box.checked);
    const title = (box) => box.closest('label').textContent.trim();
    const isNear = () => map.getView().getResolution() < grid.getResolution(fromZoom) * 2;
    const follow = () => {
      for (const box of boxes) if (box.checked || made.has(box)) (made.get(box) ?? make(box)).setVisible(box.checked && isNear());
      const names = chosen().map(title);
      root.querySelector('[data-reference-chosen]').textContent = names.length > 1 ? `${names.length} layers` : names[0] ?? 'None';
    };

    const words = (box) => {
      if (!isNear()) return `${title(box)} (zoom in)`;
      const isCut = cut.get(box).has(grid.getZForResolution(map.getView().getResolution(), 1));
      return isCut ? `${title(box)} (not all of them: zoom in)` : title(box);
    };
    const legend = () => chosen().map((box) => ({shape: SHAPES[box.dataset.layerKind], colour: colourOf(box), words: words(box)}));
    const address = () => chosen().map((box) => `&layer=${encodeURIComponent(box.dataset.layer)}`).join('');
    const recolour = () => made.forEach((layer) => layer.changed());
    const reload = () => made.forEach((layer) => layer.getSource().refresh());

    if (root) {
      const wanted = new URLSearchParams(location.search).getAll('layer');
      for (const box of boxes) box.checked = wanted.includes(box.dataset.layer);
      const tell = () => { follow(); changed(); };
      root.addEventListener('change', tell);
      map.on('moveend', tell);
    }
    return {address, beneath, legend, recolour, reload};
  };

  return {build};
})();
