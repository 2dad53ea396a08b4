'use strict';

// The hexagons of a stretch of days, held here for a minute: the period moves within it without asking anybody.
globalThis.nethraMap.steps = (() => {
  const {ol, nethraMap} = globalThis;
  const DAY_MS = 86400000;
  const SQRT3 = Math.sqrt(3);
  // Held on each side of the period; with fewer ahead, more are asked for.
  const MARGIN_DAYS = 84;
  const FEW_DAYS = 42;
  // Longer periods come as tiles: a hundred thousand incidents are enough to hold.
  const MOST_DAYS = 380;
  const HELD_MS = 60000;
  // So much more than the view is held, as a share of it: hexagons that its edge cuts are whole.
  const AROUND = 0.2;

  const dayOf = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY_MS);

  // What must be the same for what is held to answer: all filters but the period, and the zoom of the hexagons.
  const keyOf = (state, z) => JSON.stringify({...state, from: '', to: '', measure: '', cases: false, z});

  const widened = (map) => {
    const extent = map.getView().calculateExtent(map.getSize());
    const more = AROUND * Math.max(ol.extent.getWidth(extent), ol.extent.getHeight(extent));
    return ol.extent.buffer(extent, more);
  };

  const boxOf = (extent) => {
    const [west, south, east, north] = ol.proj.transformExtent(extent, 'EPSG:3857', 'EPSG:4326');
    return [Math.max(west, -180), Math.max(south, -85), Math.min(east, 180), Math.min(north, 85)];
  };

  const featureOf = ({size, ring}, [i, j, days]) => {
    const [x, y] = [size * (i + j / 2), (size * j * SQRT3) / 2];
    const feature = new ol.Feature(new ol.geom.Polygon([ring.map(([dx, dy]) => [x + dx, y + dy])]));
    feature.setProperties({layer: 'bins', count: 0}, true);
    return {feature, days: Uint16Array.from(days).sort()};
  };

  // Returns how many of the sorted days come before one.
  const before = (days, day) => {
    let [low, high] = [0, days.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < day) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const build = (map, {url, toServer, zoomOf, limits}) => {
    const {binStyle, classBreaks, classColour, classOf, classWords} = nethraMap.layers;
    const source = new ol.source.Vector();
    const asker = nethraMap.asker();
    let held = null;
    let asked = '';
    let refused = '';
    let wanted = null;
    let breaks = [];
    let highest = 0;
    let styles = [];
    const colour = (index) => classColour(index, breaks.length);
    const style = (feature) => {
      const index = classOf(feature.get('count'), breaks);
      styles[index] ??= binStyle(colour(index));
      return styles[index];
    };
    const layer = new ol.layer.Vector({source, style, visible: false, zIndex: 3, properties: {name: 'steps'}});
    map.addLayer(layer);

    const isShown = () => layer.getVisible();
    // Can be moved at all, and is short enough to hold.
    const isFit = ({view, from, to}) => (
      Boolean(url && limits.earliest && limits.latest) && view === 'hexagons' && from && to && from <= to && dayOf(to) - dayOf(from) < MOST_DAYS
    );
    // Whether the view is still where the held hexagons are.
    const covers = (state) => Boolean(held) && held.key === keyOf(state, zoomOf())
      && ol.extent.containsExtent(held.extent, map.getView().calculateExtent(map.getSize()));
    const holds = (state, days = 0) => covers(state) && performance.now() - held.at < HELD_MS
      && held.first <= Math.max(dayOf(state.from) - days, dayOf(limits.earliest))
      && Math.min(dayOf(state.to) + days, dayOf(limits.latest)) <= held.last;

    const hide = () => {
      layer.setVisible(false);
      layer.setOpacity(1);
    };

    const survey = () => {
      const shown = source.getFeaturesInExtent(map.getView().calculateExtent(map.getSize()));
      const counts = shown.map((feature) => feature.get('count'));
      breaks = classBreaks(counts);
      styles = [];
      layer.changed();
      highest = counts.reduce((most, count) => Math.max(most, count), 0);
      return {
        classes: breaks.map((lowest, index) => ({colour: colour(index), words: classWords(lowest, breaks[index + 1], highest)})),
        title: breaks.length ? 'Incidents in a hexagon (count)' : '', marks: 0,
      };
    };

    // Shows the period where it is held; returns whether it is.
    const show = (state) => {
      if (!isFit(state)) return false;
      if (!holds(state)) {
        // Moved beyond what is held, or too late: the next steps shall find it again.
        if (held?.key === keyOf(state, zoomOf())) prepare(state);
        return false;
      }
      const [first, last] = [dayOf(state.from) - held.first, dayOf(state.to) - held.first];
      const shown = [];
      for (const {feature, days} of held.cells) {
        const count = before(days, last + 1) - before(days, first);
        feature.set('count', count, true);
        if (count) shown.push(feature);
      }
      source.clear(true);
      source.addFeatures(shown);
      layer.setOpacity(1);
      layer.setVisible(true);
      prepare(state);
      return true;
    };

    const hold = (key, extent, first, last) => (answer) => {
      asked = '';
      held = {key, extent, first, last, at: performance.now(), cells: answer.cells.map((cell) => featureOf(answer, cell))};
      if (wanted) prepare(wanted);
    };

    // Asks for the days round a period, unless enough of them are held or on their way.
    const prepare = (state) => {
      wanted = state;
      if (!isFit(state)) return;
      const key = keyOf(state, zoomOf());
      if (holds(state, FEW_DAYS) || asked === key || refused === key) return;
      asked = key;
      const extent = widened(map);
      const around = {...state, from: nethraMap.state.addDays(state.from, -MARGIN_DAYS), to: nethraMap.state.addDays(state.to, MARGIN_DAYS)};
      const query = toServer(around);
      query.set('bbox', boxOf(extent).map((degree) => degree.toFixed(6)).join());
      query.set('z', String(zoomOf()));
      // Without it the period still moves, by tiles.
      asker.ask(`${url}?${query}`, hold(key, extent, dayOf(around.from), dayOf(around.to)), () => {
        asked = '';
        refused = key;
      });
    };

    const at = (pixel) => (isShown() ? map.getFeaturesAtPixel(pixel, {layerFilter: (each) => each === layer}) : []);
    const fade = () => layer.setOpacity(0.35);
    const recolour = () => {
      styles = [];
      layer.changed();
    };
    return {at, covers, fade, hide, isShown, prepare, recolour, show, survey};
  };

  return {build};
})();
