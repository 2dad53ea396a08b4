'use strict';

// The two typed numbers are the value; the map only reads and writes them.
(() => {
  const {ol, nethraMap} = globalThis;
  const DEGREES = /^[+-]?\d{1,3}([.,]\d*)?$/;
  const PAIR = /^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$/;
  const SENTENCES = {
    latitude: 'Latitude must be a number from -90 to 90.',
    longitude: 'Longitude must be a number from -180 to 180.',
    half: 'Give both latitude and longitude, or leave both empty.',
  };

  const degrees = (text, most) => {
    const value = DEGREES.test(text) ? Number(text.replace(',', '.')) : NaN;
    return Math.abs(value) <= most ? value : NaN;
  };

  // Returns {place: [lon, lat] | null, problem: name of the wrong part | ''}.
  const readPlace = (inputs) => {
    const latitude = inputs.latitude.value.trim();
    const longitude = inputs.longitude.value.trim();
    if (!latitude && !longitude) return {place: null, problem: ''};
    const place = [degrees(longitude, 180), degrees(latitude, 90)];
    if (latitude && Number.isNaN(place[1])) return {place: null, problem: 'latitude'};
    if (longitude && Number.isNaN(place[0])) return {place: null, problem: 'longitude'};
    if (!latitude || !longitude) return {place: null, problem: 'half'};
    return {place, problem: ''};
  };

  const findParts = (root) => ({
    latitude: root.querySelector('[data-point-latitude]'),
    longitude: root.querySelector('[data-point-longitude]'),
    canvas: root.querySelector('[data-point-map]'),
    problem: root.querySelector('[data-point-problem]'),
    hint: root.querySelector('[data-point-hint]'),
    clear: root.querySelector('[data-point-clear]'),
    home: root.querySelector('[data-point-home]'),
  });

  const buildMap = (root) => {
    const marks = new ol.source.Vector();
    const marksLayer = new ol.layer.Vector({source: marks, style: nethraMap.pointStyle, zIndex: 10});
    const company = nethraMap.companyLayers(root);
    const map = new ol.Map({
      controls: nethraMap.controls(), interactions: nethraMap.formInteractions(),
      layers: [...company.layers, marksLayer], view: new ol.View({center: [0, 0], zoom: 1, maxZoom: 20}),
    });
    nethraMap.onThemeChange(() => map.getLayers().forEach((layer) => layer.changed()));
    return {map, marks, areas: company.areas};
  };

  const homeExtent = (root, areas) => {
    const given = nethraMap.readExtent(root.dataset.extent);
    if (given) return nethraMap.toView(given);
    return areas.isEmpty() ? null : areas.getExtent();
  };

  const drawPlace = (marks, place) => {
    marks.clear();
    if (place) marks.addFeature(new ol.Feature(new ol.geom.Point(ol.proj.fromLonLat(place))));
  };

  const openingView = (root, built, place) => {
    if (place) {
      built.map.getView().setCenter(ol.proj.fromLonLat(place));
      built.map.getView().setZoom(16);
      return;
    }
    nethraMap.fit(built.map, homeExtent(root, built.areas) || nethraMap.toView(nethraMap.WORLD), false);
  };

  const writeInputs = (parts, coordinate) => {
    const [longitude, latitude] = ol.proj.toLonLat(coordinate);
    // Six decimals are about ten centimetres: finer than anybody can click.
    parts.latitude.value = latitude.toFixed(6);
    parts.longitude.value = longitude.toFixed(6);
    // The console's warning about unsaved changes listens for this.
    parts.latitude.dispatchEvent(new Event('input', {bubbles: true}));
  };

  const tell = (parts, problem) => {
    const wrong = (name) => problem === name || problem === 'half';
    parts.problem.textContent = problem ? SENTENCES[problem] : '';
    parts.latitude.setAttribute('aria-invalid', String(wrong('latitude')));
    parts.longitude.setAttribute('aria-invalid', String(wrong('longitude')));
  };

  const splitPasted = (parts, event) => {
    const pair = PAIR.exec(event.clipboardData?.getData('text') ?? '');
    if (!pair) return;
    event.preventDefault();
    [, parts.latitude.value, parts.longitude.value] = pair;
    parts.longitude.dispatchEvent(new Event('input', {bubbles: true}));
  };

  const listenToTyping = (parts, built) => {
    // While one number is still being typed a sentence about the other would only disturb.
    const draw = () => {
      const {place, problem} = readPlace(parts);
      drawPlace(built.marks, place);
      if (!problem) tell(parts, '');
    };
    const judge = (event) => {
      const {place, problem} = readPlace(parts);
      const movedOn = !parts.latitude.contains(event.relatedTarget) && !parts.longitude.contains(event.relatedTarget);
      tell(parts, problem === 'half' && !movedOn ? '' : problem);
      if (place) built.map.getView().animate({center: ol.proj.fromLonLat(place), duration: nethraMap.moveMs()});
    };
    for (const input of [parts.latitude, parts.longitude]) {
      input.addEventListener('input', draw);
      input.addEventListener('blur', judge);
      input.addEventListener('paste', (event) => splitPasted(parts, event));
    }
  };

  const letPick = (parts, built) => {
    const set = (coordinate) => {
      writeInputs(parts, coordinate);
      tell(parts, '');
    };
    built.map.on('singleclick', (event) => set(event.coordinate));
    const drag = new ol.interaction.Modify({source: built.marks, pixelTolerance: 14, style: []});
    drag.on('modifyend', (event) => set(event.features.item(0).getGeometry().getCoordinates()));
    built.map.addInteraction(drag);
    // The keyboard's click: the middle of the map.
    parts.canvas.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      set(built.map.getView().getCenter());
    });
    parts.clear.addEventListener('click', () => {
      parts.latitude.value = parts.longitude.value = '';
      parts.latitude.dispatchEvent(new Event('input', {bubbles: true}));
      parts.latitude.focus();
    });
  };

  // Another field of the form, such as a typed address, knows the place.
  const letSet = (root, parts, built) => {
    root.addEventListener('nethra:place', (event) => {
      const {longitude, latitude} = event.detail;
      const coordinate = ol.proj.fromLonLat([longitude, latitude]);
      writeInputs(parts, coordinate);
      tell(parts, '');
      built.map.getView().setCenter(coordinate);
      built.map.getView().setZoom(Math.max(built.map.getView().getZoom(), 16));
    });
  };

  const offerHome = (root, parts, built) => {
    const show = () => { parts.home.hidden = !homeExtent(root, built.areas); };
    built.areas.on('nethra:loaded', () => {
      show();
      if (built.marks.isEmpty() && !root.dataset.extent) openingView(root, built, null);
    });
    parts.home.addEventListener('click', () => nethraMap.fit(built.map, homeExtent(root, built.areas)));
    show();
  };

  const start = (root) => {
    const parts = findParts(root);
    // The empty form of an inline is a pattern to copy; its copies announce themselves.
    if (!parts.canvas || root.dataset.pointReady || parts.latitude.name.includes('__prefix__')) return;
    root.dataset.pointReady = 'true';
    parts.canvas.hidden = false;
    const built = buildMap(root);
    const {place} = readPlace(parts);
    drawPlace(built.marks, place);
    nethraMap.placeWhenShown(built.map, parts.canvas, () => openingView(root, built, place));
    if (root.hasAttribute('data-read-only')) return;
    offerHome(root, parts, built);
    parts.hint.hidden = parts.clear.hidden = false;
    letPick(parts, built);
    letSet(root, parts, built);
    listenToTyping(parts, built);
  };

  const startAll = (within) => within.querySelectorAll('[data-point-picker]').forEach(start);

  document.addEventListener('formset:added', (event) => startAll(event.target));
  startAll(document);
})();
