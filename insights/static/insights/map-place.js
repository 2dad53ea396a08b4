'use strict';

// The map itself, where it opens, and where it stands as the address tells it.
globalThis.nethraMap.place = (() => {
  const {ol, nethraMap} = globalThis;

  const build = (root) => {
    const company = nethraMap.companyLayers(root);
    const map = new ol.Map({
      controls: nethraMap.controls(), layers: company.layers,
      interactions: ol.interaction.defaults.defaults({altShiftDragRotate: false, pinchRotate: false}),
      view: new ol.View({center: [0, 0], zoom: 1, maxZoom: 19}),
    });
    const chosen = new ol.source.Vector();
    map.addLayer(new ol.layer.Vector({source: chosen, zIndex: 8, style: () => new ol.style.Style({
      stroke: new ol.style.Stroke({color: nethraMap.colours().outline, width: 3}),
    })}));
    return {map, chosen, areas: company.areas};
  };

  const fromAddress = () => {
    const [latitude, longitude, zoom] = (new URLSearchParams(location.search).get('at') ?? '').split(',').map(Number);
    return [latitude, longitude, zoom].every(Number.isFinite) ? {centre: [longitude, latitude], zoom} : null;
  };

  const aim = (root, {map, areas}) => {
    const wanted = fromAddress();
    if (wanted) {
      map.getView().setCenter(ol.proj.fromLonLat(wanted.centre));
      map.getView().setZoom(wanted.zoom);
      return;
    }
    const given = nethraMap.readExtent(root.dataset.extent);
    if (!given) areas.once('nethra:loaded', () => nethraMap.fit(map, areas.getExtent(), false));
    nethraMap.fit(map, nethraMap.toView(given ?? nethraMap.WORLD), false);
  };

  const now = (map) => {
    const [longitude, latitude] = ol.proj.toLonLat(map.getView().getCenter());
    return `${latitude.toFixed(5)},${longitude.toFixed(5)},${map.getView().getZoom().toFixed(2)}`;
  };

  return {aim, build, now};
})();
