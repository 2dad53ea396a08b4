'use strict';

// The map page: wires filters, layers and panel together and keeps the address in step with what is shown.
(() => {
  const {ol, nethraMap} = globalThis;
  const {filters, layers, panel} = nethraMap;
  const POINTS_ZOOM = 15;
  const CELL_METRES = 250;

  const find = (root, name) => root.querySelector(`[data-${name}]`);

  const buildMap = (root) => {
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

  const addressView = () => {
    const [latitude, longitude, zoom] = (new URLSearchParams(location.search).get('at') ?? '').split(',').map(Number);
    return [latitude, longitude, zoom].every(Number.isFinite) ? {centre: [longitude, latitude], zoom} : null;
  };

  const aim = (root, {map, areas}) => {
    const wanted = addressView();
    if (wanted) {
      map.getView().setCenter(ol.proj.fromLonLat(wanted.centre));
      map.getView().setZoom(wanted.zoom);
      return;
    }
    const given = nethraMap.readExtent(root.dataset.extent);
    if (!given) areas.once('nethra:loaded', () => nethraMap.fit(map, areas.getExtent(), false));
    nethraMap.fit(map, nethraMap.toView(given ?? nethraMap.WORLD), false);
  };

  const whereNow = (map) => {
    const [longitude, latitude] = ol.proj.toLonLat(map.getView().getCenter());
    return `${latitude.toFixed(5)},${longitude.toFixed(5)},${map.getView().getZoom().toFixed(2)}`;
  };

  const wordsFor = (root, form) => {
    const time = new Intl.DateTimeFormat('en-GB', {
      timeZone: root.dataset.timeZone || 'UTC', dateStyle: 'medium', timeStyle: 'short',
    });
    const statusOption = (value) => [...form.elements.status.options].find((option) => option.value === value);
    return {
      caseLink: (id) => `${root.dataset.caseUrl}${encodeURIComponent(id)}/change/`,
      caseStatus: (value) => String(value).replaceAll('_', ' '),
      link: (id) => `${root.dataset.incidentUrl}${encodeURIComponent(id)}/change/`,
      offence: (code) => filters.offenceName(form, String(code)),
      status: (value) => statusOption(value)?.text ?? value,
      time: (seconds) => time.format(new Date(Number(seconds) * 1000)),
    };
  };

  const buildPopup = (map, canvas, node) => {
    const overlay = new ol.Overlay({
      element: node, positioning: 'bottom-center', offset: [0, -10], stopEvent: true,
      autoPan: {animation: {duration: nethraMap.moveMs()}, margin: 12},
    });
    map.addOverlay(overlay);
    const close = () => {
      if (node.hidden) return;
      const hadFocus = node.contains(document.activeElement);
      node.hidden = true;
      overlay.setPosition(undefined);
      if (hadFocus) canvas.focus();
    };
    const open = (coordinate, content) => {
      const button = Object.assign(document.createElement('button'), {
        type: 'button', className: 'crime-map-close', textContent: '×', ariaLabel: 'Close',
      });
      button.addEventListener('click', close);
      node.replaceChildren(button, ...content);
      node.hidden = false;
      overlay.setPosition(coordinate);
      node.focus({preventScroll: true});
    };
    canvas.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
    return {close, open};
  };

  class CrimeMap {
    constructor(root) {
      this.root = root;
      this.form = find(root, 'map-filters');
      this.statusNode = find(root, 'map-status');
      this.numbers = {total: find(root, 'map-total'), cells: find(root, 'map-cells'), caption: find(root, 'map-caption')};
      this.hexagonWords = this.numbers.caption.textContent;
      this.zone = root.dataset.timeZone || 'UTC';
      this.canvas = find(root, 'map-canvas');
      Object.assign(this, buildMap(root));
      this.tiles = layers.build(this.map);
      this.choropleth = nethraMap.choropleth.build(this.map, this.areas);
      this.cases = nethraMap.cases.build(this.map);
      this.popup = buildPopup(this.map, this.canvas, find(root, 'map-popup'));
      this.words = wordsFor(root, this.form);
      this.counting = new AbortController();
    }

    start() {
      const {earliestOn, latestOn} = this.root.dataset;
      this.state = filters.start(this.form, {zone: this.zone, earliestOn, latestOn}, (state) => {
        this.state = state;
        clearTimeout(this.waiting);
        // A date typed digit by digit changes several times a second.
        this.waiting = setTimeout(() => this.refresh(), 200);
      });
      nethraMap.placeWhenShown(this.map, this.canvas, () => {
        aim(this.root, this);
        this.refresh();
      });
      this.listen();
    }

    listen() {
      this.map.on('loadstart', () => { if (!this.failure) panel.status(this.statusNode, 'Loading incidents…'); });
      this.map.on('loadend', () => this.settle());
      this.map.on('moveend', () => this.writeAddress());
      this.map.on('singleclick', (event) => this.openAt(event.pixel, event.coordinate));
      this.map.on('pointermove', (event) => {
        if (event.dragging) return;
        const {cases, area, features} = this.at(event.pixel);
        event.map.getViewport().style.cursor = cases.length || area || features.length ? 'pointer' : '';
      });
      this.canvas.addEventListener('keydown', (event) => this.openMiddle(event));
      nethraMap.onThemeChange(() => {
        this.tiles.recolour();
        this.cases.recolour();
        this.map.getLayers().forEach((layer) => layer.changed());
        this.settle();
      });
    }

    refresh() {
      this.popup.close();
      this.chosen.clear();
      this.writeAddress();
      const problem = filters.problemOf(this.state);
      if (problem) {
        panel.status(this.statusNode, problem);
        return;
      }
      this.failure = '';
      this.loadCases();
      if (this.state.view === 'beats') {
        this.tiles.clear();
        this.loadAreas();
        return;
      }
      this.choropleth.hide();
      this.loadTiles();
      this.loadCells();
    }

    loadCases() {
      if (!this.state.cases || !this.root.dataset.casesUrl) {
        this.cases.clear();
        return;
      }
      const query = filters.toServer(this.state, this.zone);
      this.cases.load(`${this.root.dataset.casesUrl}?${query}`, (reason) => this.fail(reason)).then(() => this.settle());
    }

    loadAreas() {
      const query = filters.toServer(this.state, this.zone);
      this.count(`${this.root.dataset.areaCountsUrl}?${query}`, (answer) => {
        this.numbers.caption.textContent = `Incidents by ${answer.kind}, highest count first`;
        this.choropleth.show(answer);
        panel.areas(this.numbers, answer, (area) => this.goToArea(area));
        this.settle();
      });
    }

    at(pixel) {
      return {cases: this.cases.at(pixel), area: this.choropleth.at(pixel), features: this.tiles.at(pixel)};
    }

    loadTiles() {
      const query = filters.toServer(this.state, this.zone);
      if (this.state.view === 'hexagons') query.set('bins', '1');
      this.tiles.load(`${this.root.dataset.tilesUrl}?${query}`, (reason) => this.fail(reason));
    }

    loadCells() {
      const query = filters.toServer(this.state, this.zone);
      query.set('shape', 'hex');
      query.set('size', String(CELL_METRES));
      this.count(`${this.root.dataset.gridUrl}?${query}`, (answer) => {
        this.numbers.caption.textContent = this.hexagonWords;
        panel.cells(this.numbers, answer, this.areas, (cell) => this.goToCell(cell));
      });
    }

    async count(url, show) {
      this.counting.abort();
      this.counting = new AbortController();
      const {signal} = this.counting;
      this.numbers.total.textContent = 'Counting…';
      try {
        const answer = await nethraMap.getJson(url, signal);
        if (!signal.aborted) show(answer);
      } catch (problem) {
        if (signal.aborted) return;
        this.numbers.total.textContent = 'The counts could not be loaded.';
        this.numbers.cells.replaceChildren();
        this.fail(problem.message);
      }
    }

    fail(reason) {
      this.failure = reason;
      panel.status(this.statusNode, panel.problemWords(reason), () => this.refresh());
    }

    settle() {
      const picture = this.state.view === 'beats' ? this.choropleth.survey() : this.tiles.survey();
      const shown = {...picture, cases: this.cases.count()};
      panel.legend(find(this.root, 'map-legend'), shown, this.state.view);
      if (this.failure) return;
      const empty = !shown.marks && !shown.breaks.length && !shown.cases;
      panel.status(this.statusNode, empty ? 'No incident in this part of the map fits these filters.' : '');
    }

    writeAddress() {
      history.replaceState(null, '', `?${filters.toAddress(this.state, whereNow(this.map))}`);
    }

    openAt(pixel, coordinate) {
      const content = panel.popupContent(this.at(pixel), this.words, () => this.showPoints(coordinate));
      if (content) this.popup.open(coordinate, content);
      else this.popup.close();
    }

    openMiddle(event) {
      if (event.key !== 'Enter' || event.target !== this.canvas) return;
      event.preventDefault();
      const middle = this.map.getView().getCenter();
      this.openAt(this.map.getPixelFromCoordinate(middle), middle);
    }

    showPoints(coordinate) {
      this.popup.close();
      this.form.elements.view.value = 'points';
      this.form.elements.view[0].dispatchEvent(new Event('change', {bubbles: true}));
      const zoom = Math.max(POINTS_ZOOM, this.map.getView().getZoom());
      this.map.getView().animate({center: coordinate, zoom, duration: nethraMap.moveMs()});
    }

    goToArea(area) {
      this.chosen.clear();
      const outline = this.choropleth.outlineOf(area.id).map((feature) => feature.clone());
      if (!outline.length) return;
      this.chosen.addFeatures(outline);
      nethraMap.fit(this.map, this.chosen.getExtent(), true);
      this.canvas.scrollIntoView({block: 'nearest'});
    }

    goToCell(cell) {
      this.chosen.clear();
      if (cell.polygon) this.chosen.addFeatures(nethraMap.readFeatures(cell.polygon));
      const centre = ol.proj.fromLonLat([cell.lon, cell.lat]);
      this.map.getView().animate({center: centre, zoom: POINTS_ZOOM, duration: nethraMap.moveMs()});
      this.canvas.scrollIntoView({block: 'nearest'});
    }
  }

  const root = document.querySelector('[data-crime-map]');
  if (root) new CrimeMap(root).start();
})();
