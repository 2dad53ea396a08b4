'use strict';

// What every map of Nethra shares. The one global of these scripts: classic files keep their hashed names
// under the static files manifest, which imports between modules would not.
globalThis.nethraMap = (() => {
  const {ol} = globalThis;
  const WORLD = [-170, -60, 170, 70];

  const isDark = () => document.documentElement.classList.contains('dark');
  const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
  const moveMs = () => (calm() ? 0 : 250);

  const LIGHT = {
    mark: '#6d28d9', halo: '#ffffff', area: '#374151', areaFill: 'rgba(255,255,255,0.01)', street: '#c3c7cf', water: '#a9c9e6',
    outline: '#111827', bins: ['#fef0d9', '#fdcc8a', '#fc8d59', '#e34a33', '#b30000'], binLine: '#ffffff',
    changes: ['#5e3c99', '#b2abd2', '#f3f4f6', '#fdb863', '#c24e00'], few: '#9ca3af',
    layers: ['#0f766e', '#1d4ed8', '#4d7c0f', '#92400e', '#0e7490', '#475569'],
  };
  const DARK = {
    mark: '#d8b4fe', halo: '#111827', area: '#9ca3af', areaFill: 'rgba(0,0,0,0.01)', street: '#3b4453', water: '#22405c',
    outline: '#f9fafb', bins: ['#46204f', '#7c2a5e', '#bb3a54', '#ee6c3b', '#fcc54b'], binLine: '#111827',
    changes: ['#b79cf0', '#6a55a5', '#374151', '#96611f', '#fdb863'], few: '#6b7280',
    layers: ['#5eead4', '#93c5fd', '#bef264', '#fcd34d', '#67e8f9', '#cbd5e1'],
  };
  const colours = () => (isDark() ? DARK : LIGHT);

  // The theme switches by a class on <html>; canvas colours must be drawn anew.
  const onThemeChange = (redraw) => {
    let dark = isDark();
    new MutationObserver(() => {
      if (dark === isDark()) return;
      dark = isDark();
      redraw();
    }).observe(document.documentElement, {attributes: true, attributeFilter: ['class']});
  };

  // A map in a hidden tab or a closed section has no size until it is shown; only then is it placed and aimed.
  const placeWhenShown = (map, canvas, aim) => {
    let placed = false;
    new ResizeObserver(() => {
      if (!canvas.clientWidth || !canvas.clientHeight) return;
      if (!placed) map.setTarget(canvas);
      map.updateSize();
      if (!placed) aim();
      placed = true;
    }).observe(canvas);
  };

  const readExtent = (text) => {
    const numbers = (text || '').split(',').map(Number);
    return numbers.length === 4 && numbers.every(Number.isFinite) ? numbers : null;
  };

  const toView = (extent) => ol.proj.transformExtent(extent, 'EPSG:4326', 'EPSG:3857');

  const fit = (map, extent, animate = true) => {
    map.getView().fit(extent, {padding: [24, 24, 24, 24], maxZoom: 17, duration: animate ? moveMs() : 0});
  };

  const getJson = async (url, signal) => {
    const answer = await fetch(url, {signal, credentials: 'same-origin', headers: {Accept: 'application/json'}});
    if (answer.redirected && answer.url.includes('login')) throw new Error('signed-out');
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const readFeatures = (geojson) => new ol.format.GeoJSON().readFeatures(geojson, {featureProjection: 'EPSG:3857'});

  // Outlines and streets are company for the map: without them it still works, so a failure only shows in `onError`.
  const loadedSource = (url, onError) => {
    const source = new ol.source.Vector();
    if (!url) return source;
    getJson(url)
      .then((geojson) => source.addFeatures(readFeatures(geojson)))
      .then(() => source.dispatchEvent('nethra:loaded'))
      .catch(() => onError?.());
    return source;
  };

  // Beats are many and lie within districts: thinner, and named only when there is room.
  const areaStyle = (feature, resolution) => {
    const {area, areaFill, halo} = colours();
    const isBeat = feature.get('kind') === 'beat';
    // The boundary's name is the agency's own: everybody on the page knows it.
    const label = feature.get('kind') !== 'boundary' && resolution < (isBeat ? 15 : 60) && (feature.get(isBeat ? 'code' : 'name') || feature.get('code'));
    const text = label
      ? new ol.style.Text({
        text: String(label), font: `${isBeat ? 400 : 600} 11px Inter, sans-serif`, overflow: false,
        fill: new ol.style.Fill({color: area}), stroke: new ol.style.Stroke({color: halo, width: 3}),
      })
      : undefined;
    return new ol.style.Style({
      stroke: new ol.style.Stroke({color: area, width: isBeat ? 0.6 : 1.5}), text,
      fill: new ol.style.Fill({color: areaFill}), zIndex: isBeat ? 0 : 1,
    });
  };

  const STREET_WIDTHS = {main: 2.5, river: 6};
  const streetStyle = (feature) => {
    const kind = feature.get('kind');
    const {street, water} = colours();
    const stroke = new ol.style.Stroke({color: kind === 'river' ? water : street, width: STREET_WIDTHS[kind] ?? 1});
    return new ol.style.Style({stroke, zIndex: kind === 'river' ? 0 : 1});
  };

  // The backdrop, data-streets-url and data-areas-url of `element`, each drawn only when given.
  const companyLayers = (element, onError) => {
    const {streetsUrl, areasUrl} = element.dataset;
    const areas = loadedSource(areasUrl, onError);
    const layers = globalThis.nethraMap.backdrop(element.dataset);
    if (streetsUrl) layers.push(new ol.layer.Vector({source: loadedSource(streetsUrl, onError), style: streetStyle}));
    const outlines = new ol.layer.Vector({source: areas, style: areaStyle, declutter: true, zIndex: 5});
    return {areas, layers: [...layers, outlines]};
  };

  const controls = () => ol.control.defaults.defaults({rotate: false, attribution: false})
    .extend([new ol.control.ScaleLine()]);

  // In a form the wheel must scroll the page until somebody has chosen the map.
  const formInteractions = () => ol.interaction.defaults.defaults({
    onFocusOnly: true, altShiftDragRotate: false, pinchRotate: false,
  });

  const pointStyle = () => new ol.style.Style({
    image: new ol.style.Circle({
      radius: 8, fill: new ol.style.Fill({color: colours().mark}),
      stroke: new ol.style.Stroke({color: colours().halo, width: 3}),
    }),
  });

  return {
    WORLD, colours, companyLayers, controls, fit, formInteractions, getJson, moveMs, onThemeChange, placeWhenShown,
    pointStyle, readExtent, readFeatures, toView,
  };
})();
