'use strict';

// Beats or districts in the colours of a measure, over the outlines that the map has loaded anyway.
globalThis.nethraMap.choropleth = (() => {
  const {ol, nethraMap} = globalThis;
  const NOTHING = {title: '', classes: [], colourOf: () => ''};

  const build = (map, areas) => {
    const {binStyle} = nethraMap.layers;
    let known = new Map();
    let kind = '';
    let measure = null;
    let look = NOTHING;

    const areaOf = (feature) => (feature.get('kind') === kind ? known.get(feature.get('id')) : undefined);
    const style = (feature) => {
      const area = areaOf(feature);
      const colour = area ? look.colourOf(area) : '';
      return colour ? binStyle(colour) : null;
    };
    const layer = new ol.layer.Vector({source: areas, style, visible: false, zIndex: 3});
    map.addLayer(layer);

    const recolour = () => {
      look = measure ? measure.look([...known.values()]) : NOTHING;
      layer.changed();
    };
    const show = (answer, wanted) => {
      kind = answer.kind;
      measure = wanted;
      known = new Map(answer.areas.map((area) => [area.id, area]));
      recolour();
      layer.setVisible(true);
    };
    const hide = () => layer.setVisible(false);
    const survey = () => ({classes: look.classes, title: kind && `${look.title} by ${kind}`, marks: 0});
    const at = (pixel) => {
      if (!layer.getVisible()) return null;
      const found = map.getFeaturesAtPixel(pixel, {layerFilter: (each) => each === layer});
      const feature = found.find((each) => areaOf(each)?.count);
      return feature ? {...areaOf(feature), kind} : null;
    };
    const outlineOf = (id) => areas.getFeatures().filter((feature) => feature.get('id') === id);
    return {at, hide, outlineOf, recolour, show, survey};
  };

  return {build};
})();
