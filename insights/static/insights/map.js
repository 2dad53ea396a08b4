'use strict';

// The map page: wires filters, layers and panel together and keeps the address in step with what is shown.
(() => {
  const {ol, nethraMap} = globalThis;
  const {filters, layers, measures, panel, place} = nethraMap;
  const {problemOf, toAddress, toServer} = nethraMap.state;
  const POINTS_ZOOM = 15;
  const CELL_METRES = 250;
  // The table shows ten; a picture of squares needs them all.
  const MOST_SQUARES = 5000;
  const AREA_VIEWS = ['beats', 'districts'];

  const find = (root, name) => root.querySelector(`[data-${name}]`);

  class CrimeMap {
    constructor(root) {
      this.root = root;
      this.form = find(root, 'map-filters');
      this.statusNode = find(root, 'map-status');
      this.numbers = {
        total: find(root, 'map-total'), cells: find(root, 'map-cells'), caption: find(root, 'map-caption'), heads: find(root, 'map-heads'),
      };
      this.zone = root.dataset.timeZone || 'UTC';
      this.canvas = find(root, 'map-canvas');
      Object.assign(this, place.build(root));
      this.tiles = layers.build(this.map);
      this.squares = nethraMap.squares.build(this.map);
      const {earliestOn: earliest, latestOn: latest, stepsUrl} = root.dataset;
      this.steps = nethraMap.steps.build(this.map, {
        url: stepsUrl, toServer: (state) => toServer(state, this.zone), zoomOf: () => layers.zoomOf(this.map), limits: {earliest, latest},
      });
      this.reference = nethraMap.reference.build(this.map, find(root, 'reference'), () => {
        this.writeAddress();
        this.drawLegend();
      }, (reason) => this.fail(reason, panel.layerProblemWords(reason)));
      this.choropleth = nethraMap.choropleth.build(this.map, this.areas);
      this.cases = nethraMap.cases.build(this.map);
      this.popup = nethraMap.popup.build(this.map, this.canvas, find(root, 'map-popup'));
      this.words = nethraMap.popup.wordsFor(root, this.form);
      this.counting = nethraMap.asker();
      const choose = (values) => filters.set(this.form, values);
      this.hours = root.dataset.hoursUrl ? nethraMap.hours.build(find(root, 'hours'), choose) : null;
      this.draw = nethraMap.draw.build(this.map, find(root, 'map-tools'), {
        choose, say: (words) => panel.status(this.statusNode, words),
      });
      this.slider = find(root, 'period-slider');
      this.list = nethraMap.list.build(find(root, 'list'), this.words);
      nethraMap.search.listen(find(root, 'map-address'), this.map, (words) => panel.status(this.statusNode, words));
      this.play = nethraMap.play.build(find(root, 'play'), this.slider, () => this.isSettled);
    }

    start() {
      const {earliestOn, latestOn} = this.root.dataset;
      this.state = filters.start(this.form, {zone: this.zone, earliestOn, latestOn}, (state) => {
        this.state = state;
        this.isSettled = false;
        this.follow();
        this.showSteps();
        clearTimeout(this.waiting);
        // A date typed digit by digit changes several times a second.
        this.waiting = setTimeout(() => this.refresh(), 200);
      });
      this.follow();
      nethraMap.placeWhenShown(this.map, this.canvas, () => {
        place.aim(this.root, this);
        this.refresh();
      });
      this.listen();
    }

    listen() {
      this.map.on('loadstart', () => { if (!this.failure) panel.status(this.statusNode, 'Loading incidents…'); });
      this.map.on('loadend', () => this.settle());
      this.map.on('moveend', () => this.followView());
      const {slider} = this;
      for (const name of ['pointerenter', 'focus']) slider.addEventListener(name, () => this.steps.prepare(this.state));
      find(this.root, 'play').addEventListener('focusin', () => this.steps.prepare(this.state));
      this.map.on('singleclick', (event) => { if (!this.draw.isBusy()) this.openAt(event.pixel, event.coordinate); });
      this.map.on('pointermove', (event) => {
        if (event.dragging) return;
        const {cases, area, features} = this.at(event.pixel);
        event.map.getViewport().style.cursor = cases.length || area || features.length ? 'pointer' : '';
      });
      this.canvas.addEventListener('keydown', (event) => this.openMiddle(event));
      find(this.root, 'save-picture').addEventListener('click', () => this.savePicture());
      nethraMap.onThemeChange(() => {
        for (const part of [this.tiles, this.steps, this.squares, this.reference, this.choropleth, this.cases, this.draw, this.hours]) part?.recolour();
        this.map.getLayers().forEach((layer) => layer.changed());
        this.settle();
      });
    }

    // What shows the filters themselves, at once.
    follow() {
      this.hours?.follow(this.state);
      this.draw.follow(this.state);
      this.reference.beneath(this.state.view === 'points');
    }

    // The picture first, from what is held of the days round the period; the numbers beside it are asked for later.
    showSteps() {
      this.isStepped = !problemOf(this.state) && this.steps.show(this.state);
      if (!this.isStepped) return false;
      this.popup.close();
      this.tiles.clear();
      this.asked = this.state;
      this.failure = '';
      this.settle();
      return true;
    }

    followView() {
      this.writeAddress();
      if (!this.isStepped) return;
      if (this.steps.covers(this.state)) this.settle();
      else this.loadTiles();
    }

    get isByArea() { return AREA_VIEWS.includes(this.state.view); }

    refresh() {
      this.popup.close();
      this.chosen.clear();
      this.writeAddress();
      this.asked = this.state;
      const problem = problemOf(this.state);
      if (problem) {
        panel.status(this.statusNode, problem);
        return;
      }
      this.failure = '';
      this.loadCases();
      this.loadHours();
      this.list.moveTo(`${this.root.dataset.selectionUrl}?${toServer(this.state, this.zone)}`);
      if (this.state.view !== 'squares') this.squares.clear();
      if (!this.isByArea) this.choropleth.hide();
      if (this.isByArea || this.state.view === 'squares') {
        this.tiles.clear();
        this.steps.hide();
      } else if (!this.showSteps()) this.loadTiles();
      if (this.isByArea) this.loadAreas();
      else this.loadCells();
    }

    loadCases() {
      if (!this.state.cases || !this.root.dataset.casesUrl) {
        this.cases.clear();
        return;
      }
      const query = toServer(this.state, this.zone);
      this.cases.load(`${this.root.dataset.casesUrl}?${query}`, (reason) => this.fail(reason)).then(() => this.settle());
    }

    // Every weekday and hour is counted, the chosen ones or not: what one compares with must stay in sight.
    loadHours() {
      this.hours?.load(`${this.root.dataset.hoursUrl}?${toServer({...this.state, weekday: [], hour: []}, this.zone)}`);
    }

    loadAreas() {
      const query = toServer(this.state, this.zone);
      if (this.state.view === 'districts') query.set('kind', 'district');
      const measure = measures.MEASURES[this.state.measure];
      this.count(`${this.root.dataset.areaCountsUrl}?${query}`, (answer) => {
        const compared = this.state.measure === 'change' ? ` ${measures.comparison(answer, this.state)}` : '';
        this.numbers.caption.textContent = `Incidents by ${answer.kind}, ${measure.sorted}.${compared}`;
        this.choropleth.show(answer, measure);
        panel.areas(this.numbers, answer, measure, (area) => this.goToArea(area));
        this.settle();
      });
    }

    at(pixel) {
      return {
        cases: this.cases.at(pixel), area: this.choropleth.at(pixel), features: [...this.tiles.at(pixel), ...this.steps.at(pixel), ...this.squares.at(pixel)],
      };
    }

    loadTiles() {
      const query = toServer(this.state, this.zone);
      this.isStepped = false;
      this.steps.fade();
      if (this.state.view === 'hexagons') query.set('bins', '1');
      this.tiles.load(`${this.root.dataset.tilesUrl}?${query}`, (reason) => this.fail(reason));
    }

    loadCells() {
      const isSquares = this.state.view === 'squares';
      const query = toServer(this.state, this.zone);
      query.set('shape', isSquares ? 'square' : 'hex');
      query.set('size', String(CELL_METRES));
      if (isSquares) query.set('limit', String(MOST_SQUARES));
      this.count(`${this.root.dataset.gridUrl}?${query}`, (answer) => {
        this.numbers.caption.textContent = `${isSquares ? 'Squares' : 'Hexagons'} ${CELL_METRES} m wide, highest count first`;
        if (isSquares) this.squares.show(answer.data);
        panel.cells(this.numbers, answer, this.areas, (cell) => this.goToCell(cell));
        if (isSquares) this.settle();
      });
    }

    count(url, show) {
      this.numbers.total.textContent = 'Counting…';
      this.counting.ask(url, show, (reason) => {
        this.numbers.total.textContent = 'The counts could not be loaded.';
        this.numbers.cells.replaceChildren();
        this.fail(reason);
      });
    }

    fail(reason, words = panel.problemWords(reason)) {
      this.failure = reason;
      this.play.stop();
      panel.status(this.statusNode, words, () => {
        this.reference.reload();
        this.refresh();
      });
    }

    get picture() {
      if (this.isByArea) return this.choropleth;
      if (this.state.view === 'squares') return this.squares;
      return this.isStepped ? this.steps : this.tiles;
    }

    settle() {
      if (!this.isStepped) this.steps.hide();
      this.shown = {...this.picture.survey(), cases: this.cases.count()};
      this.drawLegend();
      this.isSettled = true;
      if (this.failure) return;
      if (this.asked) this.tell(this.asked);
      const empty = !this.shown.marks && !this.shown.classes.length && !this.shown.cases;
      panel.status(this.statusNode, empty ? 'No incident in this part of the map fits these filters.' : '');
    }

    drawLegend() {
      this.shown = {classes: [], title: '', marks: 0, cases: 0, ...this.shown, layers: this.reference.legend()};
      panel.legend(find(this.root, 'map-legend'), this.shown, this.state.view);
    }

    // Whoever waits for the picture of a period may read here of which it is.
    tell({from, to}) {
      this.root.dataset.shown = `${from}/${to}`;
    }

    writeAddress() {
      history.replaceState(null, '', `?${toAddress(this.state, place.now(this.map))}${this.reference.address()}`);
    }

    openAt(pixel, coordinate) {
      const content = panel.popupContent(this.at(pixel), this.words, () => this.showPoints(coordinate)) ?? [];
      if (this.root.dataset.recordUrl) content.push(panel.recordHere(this.root.dataset.recordUrl, coordinate));
      if (content.length) this.popup.open(coordinate, content);
      else this.popup.close();
    }

    openMiddle(event) {
      if (event.key !== 'Enter' || event.target !== this.canvas || this.draw.isBusy()) return;
      event.preventDefault();
      const middle = this.map.getView().getCenter();
      this.openAt(this.map.getPixelFromCoordinate(middle), middle);
    }

    // What stands beside the map is said in the picture too: it will be looked at without the page.
    savePicture() {
      const made = new Intl.DateTimeFormat('en-GB', {timeZone: this.zone, dateStyle: 'medium', timeStyle: 'short'}).format(new Date());
      const {agency} = this.root.dataset;
      const tell = () => ({
        title: `Incidents, ${agency}`, filters: filters.words(this.form), legend: panel.legendOf(this.shown), ground: '#ffffff',
        notes: [
          `${this.numbers.total.textContent}. ${this.numbers.caption.textContent}`,
          `Source: ${agency}, Nethra. Made ${made} (${this.zone}).`,
        ],
      });
      const say = (words) => panel.status(this.statusNode, words);
      nethraMap.picture.save(this.map, `incidents-${this.state.from || 'all'}-${this.state.to || 'time'}.png`, tell, say);
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
