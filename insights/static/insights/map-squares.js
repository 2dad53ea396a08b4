'use strict';

// Squares of equal size coloured by count, from the same answer as the table beside the map.
globalThis.nethraMap.squares = (() => {
  const {ol, nethraMap} = globalThis;

  const build = (map) => {
    const {binStyle, classBreaks, classColour, classOf, classWords} = nethraMap.layers;
    const source = new ol.source.Vector();
    let breaks = [];
    let highest = 0;
    const colour = (index) => classColour(index, breaks.length);
    const style = (feature) => binStyle(colour(classOf(feature.get('count'), breaks)));
    const layer = new ol.layer.Vector({source, style, zIndex: 3});
    map.addLayer(layer);

    const show = (cells) => {
      source.clear();
      breaks = classBreaks(cells.map((cell) => cell.count));
      highest = Math.max(0, ...cells.map((cell) => cell.count));
      for (const cell of cells) {
        const [feature] = nethraMap.readFeatures(cell.polygon);
        feature.setProperties({count: cell.count, layer: 'bins'});
        source.addFeature(feature);
      }
    };
    const survey = () => ({
      classes: breaks.map((lowest, index) => ({colour: colour(index), words: classWords(lowest, breaks[index + 1], highest)})),
      title: 'Incidents in a square of 250 m (count)', marks: 0,
    });
    const at = (pixel) => map.getFeaturesAtPixel(pixel, {layerFilter: (each) => each === layer});
    return {at, clear: () => source.clear(), recolour: () => layer.changed(), show, survey};
  };

  return {build};
})();
