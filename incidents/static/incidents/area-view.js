'use strict';

// A read-only map of a version of areas, with its faults in red or with another version in dashes.
(() => {
  const {ol, nethraMap} = globalThis;
  const FAULT = '#dc2626';

  const named = (feature, resolution) => (resolution < 60
    ? new ol.style.Text({
      text: String(feature.get('code')), font: '600 11px Inter, sans-serif', overflow: false,
      fill: new ol.style.Fill({color: nethraMap.colours().outline}),
      stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 3}),
    })
    : undefined);
  const whole = (feature, resolution) => new ol.style.Style({
    stroke: new ol.style.Stroke({color: nethraMap.colours().mark, width: 2}), text: named(feature, resolution),
    fill: new ol.style.Fill({color: `${nethraMap.colours().mark}1a`}),
  });
  const dashed = () => new ol.style.Style({
    stroke: new ol.style.Stroke({color: nethraMap.colours().outline, width: 2, lineDash: [6, 6]}),
  });
  const fault = () => new ol.style.Style({
    stroke: new ol.style.Stroke({color: FAULT, width: 3}), fill: new ol.style.Fill({color: `${FAULT}99`}),
    image: new ol.style.Circle({radius: 7, fill: new ol.style.Fill({color: FAULT})}),
  });

  const layer = (features, style, zIndex) => new ol.layer.Vector({
    source: new ol.source.Vector({features}), style, zIndex, declutter: zIndex === 1,
  });

  const start = async (root) => {
    const canvas = root.querySelector('[data-canvas]');
    const {areas, other, faults} = root.dataset;
    const read = async (url) => nethraMap.readFeatures(await nethraMap.getJson(url));
    const layers = [layer(await read(areas), whole, 1)];
    if (other) layers.push(layer(await read(other), dashed, 2));
    if (faults) layers.push(layer(nethraMap.readFeatures(JSON.parse(faults)), fault, 3));
    canvas.hidden = false;
    const map = new ol.Map({
      controls: nethraMap.controls(), interactions: nethraMap.formInteractions(), layers,
      view: new ol.View({center: [0, 0], zoom: 1, maxZoom: 21}),
    });
    const extent = ol.extent.createEmpty();
    for (const each of layers) ol.extent.extend(extent, each.getSource().getExtent());
    const shown = ol.extent.isEmpty(extent) ? nethraMap.toView(nethraMap.WORLD) : extent;
    nethraMap.placeWhenShown(map, canvas, () => nethraMap.fit(map, shown, false));
    nethraMap.onThemeChange(() => layers.forEach((each) => each.changed()));
    root.dataset.ready = 'true';
  };

  document.querySelectorAll('[data-area-view]').forEach(start);
})();
