'use strict';

// An area of one's own: a box, an outline, a line drawn by hand or a circle, which the map is then narrowed to.
globalThis.nethraMap.draw = (() => {
  const {ol, nethraMap} = globalThis;
  const MOST_CORNERS = 100;
  const MOST_METRES = 100000;
  // A click that ends a drawing is told to the map as well, a moment later.
  const AFTER_MS = 400;

  const lonLat = (coordinate) => ol.proj.toLonLat(coordinate).map((degree) => Number(degree.toFixed(5)));

  // Returns the ring with at most a hundred corners. As a line: polygons are simplified onto a raster, where they touch.
  const simplified = (ring) => {
    const line = new ol.geom.LineString(ring);
    let found = ring;
    for (let metres = 1; found.length - 1 > MOST_CORNERS; metres *= 2) found = line.simplify(metres).getCoordinates();
    return found;
  };

  const turn = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
  const cross = (a, b, c, d) => turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);

  // Neighbouring sides share a corner, which is no crossing.
  const crossesItself = (ring) => {
    const sides = ring.length - 1;
    for (let i = 0; i < sides; i += 1) {
      for (let j = i + 2; j < sides; j += 1) {
        if (!(i === 0 && j === sides - 1) && cross(ring[i], ring[i + 1], ring[j], ring[j + 1])) return true;
      }
    }
    return false;
  };

  const outlineOf = (polygon) => {
    const ring = simplified(polygon.getCoordinates()[0]).map(lonLat);
    if (ring.length < 4 || crossesItself(ring)) return '';
    return `POLYGON((${ring.map((corner) => corner.join(' ')).join(',')}))`;
  };

  const nearOf = (circle) => {
    const centre = circle.getCenter();
    const edge = [centre[0] + circle.getRadius(), centre[1]];
    const metres = Math.round(ol.sphere.getDistance(ol.proj.toLonLat(centre), ol.proj.toLonLat(edge)));
    return `${lonLat(centre).join(',')},${Math.min(Math.max(metres, 1), MOST_METRES)}`;
  };

  const shapesOf = ({within, near}) => {
    const shapes = within ? [new ol.format.WKT().readGeometry(within)] : [];
    const [longitude, latitude, metres] = near.split(',').map(Number);
    if (near) shapes.push(ol.geom.Polygon.circular([longitude, latitude], metres, 64));
    return shapes.map((shape) => new ol.Feature(shape.transform('EPSG:4326', 'EPSG:3857')));
  };

  const style = () => new ol.style.Style({
    stroke: new ol.style.Stroke({color: nethraMap.colours().outline, width: 2, lineDash: [8, 5]}),
  });

  const TOOLS = {
    box: {type: 'Circle', geometryFunction: ol.interaction.Draw.createBox()},
    outline: {type: 'Polygon'},
    hand: {type: 'Polygon', freehand: true},
    circle: {type: 'Circle'},
  };
  const HINTS = {
    box: 'Click two opposite corners. Escape ends it.',
    outline: 'Click each corner, the last one twice. Escape ends it.',
    hand: 'Draw around the place with the button held down. Escape ends it.',
    circle: 'Click the middle, then the edge. Escape ends it.',
  };
  const CROSSING = 'This outline crosses itself or has no area: draw it again.';

  const build = (map, root, {choose, say}) => {
    const source = new ol.source.Vector();
    const layer = new ol.layer.Vector({source, style, zIndex: 6});
    const buttons = [...root.querySelectorAll('[data-draw]')];
    const metres = root.querySelector('[data-draw-metres]');
    const zooming = map.getInteractions().getArray().find((each) => each instanceof ol.interaction.DoubleClickZoom);
    let drawing = null;
    let endedAt = 0;
    map.addLayer(layer);

    const stop = () => {
      if (!drawing) return;
      map.removeInteraction(drawing);
      drawing = null;
      endedAt = Date.now();
      setTimeout(() => zooming.setActive(!drawing), AFTER_MS);
      for (const button of buttons) button.ariaPressed = 'false';
      say('');
    };
    const take = (geometry) => {
      stop();
      if (geometry instanceof ol.geom.Circle) {
        choose({within: '', near: nearOf(geometry)});
        return;
      }
      const within = outlineOf(geometry);
      if (within) choose({within, near: ''});
      else say(CROSSING);
    };
    const begin = (button) => {
      const isOn = button.ariaPressed === 'true';
      stop();
      if (isOn) return;
      drawing = new ol.interaction.Draw({source: new ol.source.Vector(), ...TOOLS[button.dataset.draw]});
      drawing.on('drawend', (event) => take(event.feature.getGeometry()));
      map.addInteraction(drawing);
      zooming.setActive(false);
      button.ariaPressed = 'true';
      say(HINTS[button.dataset.draw]);
    };
    // Without a pointer: what the map shows, or so many metres around its middle.
    const takeView = () => choose({within: outlineOf(ol.geom.Polygon.fromExtent(map.getView().calculateExtent())), near: ''});
    const takeMiddle = () => {
      if (metres.reportValidity()) choose({within: '', near: `${lonLat(map.getView().getCenter()).join(',')},${metres.value}`});
    };

    for (const button of buttons) button.addEventListener('click', () => begin(button));
    root.querySelector('[data-draw-view]').addEventListener('click', takeView);
    root.querySelector('[data-draw-middle]').addEventListener('click', takeMiddle);
    const clear = root.querySelector('[data-draw-clear]');
    clear.addEventListener('click', () => {
      choose({within: '', near: ''});
      buttons[0].focus();
    });
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') stop(); });

    const follow = (state) => {
      source.clear();
      source.addFeatures(shapesOf(state));
      clear.hidden = !state.within && !state.near;
    };
    const isBusy = () => Boolean(drawing) || Date.now() - endedAt < AFTER_MS;
    return {follow, isBusy, recolour: () => layer.changed()};
  };

  return {build, crossesItself, outlineOf};
})();
