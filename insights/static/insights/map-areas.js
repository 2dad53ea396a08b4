'use strict';

// Beats (or districts) coloured by count, over the outlines that the map has loaded anyway.
globalThis.nethraMap.choropleth = (() => {
  const {ol, nethraMap} = globalThis;

  const build = (map, areas) => {
    const {binStyle, classBreaks, classColour, classOf} = nethraMap.layers;
    let counts = new Map();
    let kind = '';
    let breaks = [];

    const countOf = (feature) => (feature.get('kind') === kind ? counts.get(feature.get('id')) ?? 0 : 0);
    const style = (feature) => {
      const count = countOf(feature);
      return count ? binStyle(classColour(classOf(count, breaks), breaks.length)) : null;
    };
    const layer = new ol.layer.Vector({source: areas, style, visible: false, zIndex: 3});
    map.addLayer(layer);

    const show = (answer) => {
      kind = answer.kind;
      counts = new Map(answer.areas.map((area) => [area.id, area.count]));
      breaks = classBreaks([...counts.values()].filter(Boolean));
      layer.setVisible(true);
      layer.changed();
    };
    const hide = () => layer.setVisible(false);
    const survey = () => ({breaks, highest: Math.max(0, ...counts.values()), kind, marks: 0});
    const at = (pixel) => {
      if (!layer.getVisible()) return null;
      const found = map.getFeaturesAtPixel(pixel, {layerFilter: (each) => each === layer});
      const area = found.find((each) => countOf(each));
      return area ? {count: countOf(area), kind, name: area.get('name') || area.get('code')} : null;
    };
    const outlineOf = (id) => areas.getFeatures().filter((feature) => feature.get('id') === id);
    return {at, hide, outlineOf, show, survey};
  };

  return {build};
})();
