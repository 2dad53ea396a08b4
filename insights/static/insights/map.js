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
      this.numbers = {total: find(root, 'map-total'), cells: find(root, 'map-cells')};
      this.zone = root.dataset.timeZone || 'UTC';
      this.canvas = find(root, 'map-canvas');
      Object.assign(this, buildMap(root));
      this.tiles = layers.build(this.map);
      this.popup = buildPopup(this.map, this.canvas, find(root, 'map-popup'));
      this.words = wordsFor(root, this.form);
      this.counting = new AbortController();
    }

    start() {
      this.state = filters.start(this.form, {zone: this.zone, latestOn: this.root.dataset.latestOn}, (state) => {
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
        if (!event.dragging) event.map.getViewport().style.cursor = this.tiles.at(event.pixel).length ? 'pointer' : '';
      });
      this.canvas.addEventListener('keydown', (event) => this.openMiddle(event));
      nethraMap.onThemeChange(() => {
        this.tiles.recolour();
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
      this.loadTiles();
      this.loadCells();
    }

    loadTiles() {
      const query = filters.toServer(this.state, this.zone);
      if (this.state.view === 'hexagons') query.set('bins', '1');
      this.tiles.load(`${this.root.dataset.tilesUrl}?${query}`, (reason) => this.fail(reason));
    }

    async loadCells() {
      this.counting.abort();
      this.counting = new AbortController();
      const {signal} = this.counting;
      const query = filters.toServer(this.state, this.zone);
      query.set('shape', 'hex');
      query.set('size', String(CELL_METRES));
      this.numbers.total.textContent = 'Counting…';
      try {
        const answer = await nethraMap.getJson(`${this.root.dataset.gridUrl}?${query}`, signal);
        panel.cells(this.numbers, answer, this.areas, (cell) => this.goToCell(cell));
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
      const shown = this.tiles.survey();
      panel.legend(find(this.root, 'map-legend'), shown, this.state.view);
      if (this.failure) return;
      const empty = !shown.marks && !shown.breaks.length;
      panel.status(this.statusNode, empty ? 'No incident in this part of the map fits these filters.' : '');
    }

    writeAddress() {
      history.replaceState(null, '', `?${filters.toAddress(this.state, whereNow(this.map))}`);
    }

    openAt(pixel, coordinate) {
      const content = panel.popupContent(this.tiles.at(pixel), this.words, () => this.showPoints(coordinate));
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
