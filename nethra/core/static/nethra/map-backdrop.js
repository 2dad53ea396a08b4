'use strict';

// What lies under everything: tiles as pictures or vectors, or the coasts of the world where there are none.
globalThis.nethraMap.backdrop = (() => {
  const {ol, nethraMap} = globalThis;

  // Coasts as coarse as these mislead in a city: they are for finding one's way on a map of the world or a country.
  const WORLD_RESOLUTION = 300;
  const world = (url) => new ol.layer.Vector({
    // Asked for when it is first drawn, which on most days it is not.
    source: new ol.source.Vector({url, format: new ol.format.TopoJSON()}), minResolution: WORLD_RESOLUTION,
    style: () => new ol.style.Style({stroke: new ol.style.Stroke({color: nethraMap.colours().area, width: 0.75})}),
  });

  const pictures = (url, maxZoom) => new ol.layer.Tile({
    className: 'nethra-backdrop', source: new ol.source.XYZ({url, maxZoom}),
  });

  // The layer names of the two common schemas (OpenMapTiles, Protomaps); what is not among them is a thin line.
  const WATER = ['water', 'ocean', 'waterway'];
  const QUIET = ['landcover', 'landuse', 'earth', 'park', 'pois', 'poi', 'places', 'place', 'housenumber', 'water_name', 'transportation_name'];
  const vectorStyle = (feature) => {
    const name = feature.get('layer');
    const {street, water} = nethraMap.colours();
    if (QUIET.includes(name)) return null;
    const colour = WATER.includes(name) ? water : street;
    return new ol.style.Style({
      fill: name === 'water' || name === 'ocean' ? new ol.style.Fill({color: colour}) : undefined,
      stroke: new ol.style.Stroke({color: colour, width: name === 'roads' || name === 'transportation' ? 1.25 : 0.5}),
    });
  };
  const vectors = (url, maxZoom) => new ol.layer.VectorTile({
    style: vectorStyle, source: new ol.source.VectorTile({format: new ol.format.MVT(), url, maxZoom}),
  });

  // Returns the layers that lie under the rest, from the data of a map's element.
  return ({worldUrl, basemapUrl, basemapZoom, basemapVector}) => {
    if (basemapUrl) return [(basemapVector === undefined ? pictures : vectors)(basemapUrl, Number(basemapZoom))];
    return worldUrl ? [world(worldUrl)] : [];
  };
})();
