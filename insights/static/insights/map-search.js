'use strict';

// An address that was found: the map goes there and marks it. What is asked for stays as it is.
globalThis.nethraMap.search = (() => {
  const {ol, nethraMap} = globalThis;
  const NEAR_ZOOM = 17;

  const style = () => {
    const stroke = new ol.style.Stroke({color: nethraMap.colours().outline, width: 3});
    return new ol.style.Style({image: new ol.style.RegularShape({points: 4, radius: 12, radius2: 0, stroke})});
  };

  const listen = (input, map, say) => {
    const found = new ol.source.Vector();
    map.addLayer(new ol.layer.Vector({source: found, zIndex: 9, style}));
    // A search that is emptied, by its cross as well, takes its mark along.
    input.addEventListener('input', () => { if (!input.value) found.clear(); });
    input.addEventListener('nethra:place', ({detail}) => {
      const centre = ol.proj.fromLonLat([detail.longitude, detail.latitude]);
      found.clear();
      found.addFeature(new ol.Feature(new ol.geom.Point(centre)));
      map.getView().setCenter(centre);
      map.getView().setZoom(Math.max(map.getView().getZoom(), NEAR_ZOOM));
      say(`The map shows ${input.value}.`);
    });
  };

  return {listen};
})();
