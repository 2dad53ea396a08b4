'use strict';

// A read-only map of one outline.
(() => {
  const {ol, nethraMap} = globalThis;

  const style = () => new ol.style.Style({
    stroke: new ol.style.Stroke({color: nethraMap.colours().mark, width: 2.5}),
    fill: new ol.style.Fill({color: `${nethraMap.colours().mark}33`}),
  });

  const start = (root) => {
    const canvas = root.querySelector('[data-shape-map]');
    if (!canvas || root.dataset.shapeReady) return;
    root.dataset.shapeReady = 'true';
    canvas.hidden = false;
    const source = new ol.source.Vector({features: nethraMap.readFeatures(JSON.parse(root.dataset.geometry))});
    const map = new ol.Map({
      controls: nethraMap.controls(), interactions: nethraMap.formInteractions(),
      layers: [...nethraMap.companyLayers(root).layers, new ol.layer.Vector({source, style, zIndex: 10})],
      view: new ol.View({center: [0, 0], zoom: 1}),
    });
    nethraMap.placeWhenShown(map, canvas, () => nethraMap.fit(map, source.getExtent(), false));
    nethraMap.onThemeChange(() => map.getLayers().forEach((layer) => layer.changed()));
  };

  document.querySelectorAll('[data-shape-view]').forEach(start);
})();
