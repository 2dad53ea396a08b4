'use strict';

// Draws one area of a version. The typed corners are the value; the map reads and writes them, and lends its
// neighbours' corners to stick to.
(() => {
  const {ol, nethraMap} = globalThis;
  const form = document.querySelector('[data-area-draw]');
  if (!form) return;
  const one = (name) => form.querySelector(`[data-${name}]`);
  const [canvas, tools, draw, back, said, hint, outline] = ['canvas', 'tools', 'draw', 'back', 'said', 'hint', 'outline'].map(one);
  const PROJECTED = {dataProjection: 'EPSG:4326', featureProjection: 'EPSG:3857'};
  const SNAP_PIXELS = 12;
  const wkt = new ol.format.WKT();
  const geojson = new ol.format.GeoJSON();
  const own = new ol.source.Vector();
  const neighbours = new ol.source.Vector();

  const say = (sentence) => {
    said.textContent = sentence;
  };

  const typed = () => {
    const text = outline.value.trim();
    if (!text) return null;
    const format = text.startsWith('{') ? geojson : wkt;
    const geometry = format.readGeometry(text, PROJECTED);
    if (!['Polygon', 'MultiPolygon'].includes(geometry.getType())) throw new Error('no polygon');
    return geometry;
  };

  // Returns whether what is typed could be drawn.
  const show = () => {
    own.clear();
    try {
      const geometry = typed();
      if (geometry) own.addFeature(new ol.Feature(geometry));
      say('');
      return Boolean(geometry);
    } catch {
      say('What is typed is no outline yet.');
      return false;
    }
  };

  const write = (geometry) => {
    outline.value = wkt.writeGeometry(geometry, {...PROJECTED, decimals: Number(form.dataset.digits)});
    // The console's warning about unsaved changes listens for this.
    outline.dispatchEvent(new Event('input', {bubbles: true}));
  };

  const neighbourStyle = (feature) => new ol.style.Style({
    stroke: new ol.style.Stroke({color: nethraMap.colours().area, width: 1.5}),
    fill: new ol.style.Fill({color: nethraMap.colours().areaFill}),
    text: new ol.style.Text({
      text: String(feature.get('code')), font: '600 11px Inter, sans-serif',
      fill: new ol.style.Fill({color: nethraMap.colours().area}),
      stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 3}),
    }),
  });
  const corners = (feature) => new ol.geom.MultiPoint(
    feature.getGeometry().getCoordinates().flat(feature.getGeometry().getType() === 'Polygon' ? 1 : 2),
  );
  const ownStyle = () => [
    new ol.style.Style({
      stroke: new ol.style.Stroke({color: nethraMap.colours().mark, width: 2.5}),
      fill: new ol.style.Fill({color: `${nethraMap.colours().mark}33`}),
    }),
    new ol.style.Style({
      geometry: corners,
      image: new ol.style.Circle({
        radius: 5, fill: new ol.style.Fill({color: nethraMap.colours().mark}),
        stroke: new ol.style.Stroke({color: nethraMap.colours().halo, width: 2}),
      }),
    }),
  ];

  const letDraw = (map) => {
    const drawing = new ol.interaction.Draw({source: own, type: 'Polygon'});
    drawing.setActive(false);
    const mode = (isOn) => {
      drawing.setActive(isOn);
      draw.setAttribute('aria-pressed', String(isOn));
    };
    drawing.on('drawstart', () => own.clear());
    drawing.on('drawend', (event) => {
      mode(false);
      write(event.feature.getGeometry());
      say('The outline is drawn; store the area to keep it.');
    });
    draw.addEventListener('click', () => mode(!drawing.getActive()));
    back.addEventListener('click', () => drawing.removeLastPoint());
    const moving = new ol.interaction.Modify({source: own, pixelTolerance: SNAP_PIXELS});
    moving.on('modifyend', (event) => write(event.features.item(0).getGeometry()));
    // Last, so that it hears of the pointer first.
    const sticking = [own, neighbours].map((source) => new ol.interaction.Snap({source, pixelTolerance: SNAP_PIXELS}));
    [moving, drawing, ...sticking].forEach((each) => map.addInteraction(each));
    outline.addEventListener('change', show);
    mode(own.isEmpty());
  };

  const start = async () => {
    const found = nethraMap.readFeatures(await nethraMap.getJson(form.dataset.areas));
    neighbours.addFeatures(found.filter((feature) => feature.get('id') !== form.dataset.area));
    const layers = [
      new ol.layer.Vector({source: neighbours, style: neighbourStyle, declutter: true}),
      new ol.layer.Vector({source: own, style: ownStyle, zIndex: 2}),
    ];
    [canvas, tools, hint].forEach((each) => {
      each.hidden = false;
    });
    const map = new ol.Map({
      controls: nethraMap.controls(), interactions: nethraMap.formInteractions(), layers,
      view: new ol.View({center: [0, 0], zoom: 1, maxZoom: 21}),
    });
    show();
    const extent = ol.extent.createEmpty();
    (own.isEmpty() ? [neighbours] : [own]).forEach((source) => ol.extent.extend(extent, source.getExtent()));
    const home = nethraMap.readExtent(form.dataset.extent);
    const shown = ol.extent.isEmpty(extent) ? nethraMap.toView(home || nethraMap.WORLD) : extent;
    nethraMap.placeWhenShown(map, canvas, () => nethraMap.fit(map, shown, false));
    nethraMap.onThemeChange(() => layers.forEach((each) => each.changed()));
    letDraw(map);
    form.dataset.ready = 'true';
  };

  start().catch(() => say('The map could not be loaded; type the corners.'));
})();
