'use strict';

// The filter form, its words, and the two query strings: the page's own (whole days in the agency's zone, both
// included) and the server's (instants in UTC, the end excluded).
globalThis.nethraMap.filters = (() => {
  const {nethraMap} = globalThis;
  const DAY_MS = 86400000;
  const DEFAULT_DAYS = 90;

  const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  const addDays = (day, count) => new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
  const today = (zone) => new Intl.DateTimeFormat('en-CA', {timeZone: zone}).format(new Date());

  const zoneOffset = (instant, zone) => {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    }).formatToParts(instant);
    const part = (type) => Number(parts.find((each) => each.type === type).value);
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - instant;
  };

  const midnight = (day, zone) => {
    const wall = Date.parse(`${day}T00:00:00Z`);
    // Twice: on the day of a clock change the first guess can lie on the other side of it.
    const guess = wall - zoneOffset(wall, zone);
    return new Date(wall - zoneOffset(guess, zone)).toISOString().replace('.000Z', 'Z');
  };

  const VIEWS = ['hexagons', 'points', 'beats'];
  const viewOf = (word) => (VIEWS.includes(word) ? word : VIEWS[0]);

  const readForm = (form) => {
    const data = new FormData(form);
    return {
      view: viewOf(data.get('view')), cases: data.has('cases'),
      from: data.get('from'), to: data.get('to'), offence: data.getAll('offence'),
      area: data.get('area'), status: data.get('status'),
    };
  };

  const setSelect = (select, value) => {
    select.value = value;
    if (select.selectedIndex < 0) select.value = '';
  };

  const writeForm = (form, state) => {
    const {view, from, to, area, status, cases} = form.elements;
    view.value = state.view;
    if (cases) cases.checked = state.cases;
    from.value = state.from;
    to.value = state.to;
    setSelect(area, state.area);
    setSelect(status, state.status);
    for (const box of form.querySelectorAll('[name=offence]')) box.checked = state.offence.includes(box.value);
  };

  // An empty address means "the latest 90 days"; "from=&to=" means all of time.
  const fromAddress = (search, latest) => {
    const params = new URLSearchParams(search);
    const has = params.has('from') || params.has('to');
    const day = (name) => (isDay(params.get(name) ?? '') ? params.get(name) : '');
    return {
      view: viewOf(params.get('view')), cases: params.get('cases') === '1',
      from: has ? day('from') : addDays(latest, 1 - DEFAULT_DAYS), to: has ? day('to') : latest,
      offence: params.getAll('offence'), area: params.get('area') ?? '', status: params.get('status') ?? '',
    };
  };

  const toAddress = (state, at) => {
    const params = new URLSearchParams({view: state.view, from: state.from, to: state.to});
    for (const code of state.offence) params.append('offence', code);
    if (state.area) params.set('area', state.area);
    if (state.status) params.set('status', state.status);
    if (state.cases) params.set('cases', '1');
    if (at) params.set('at', at);
    return params.toString();
  };

  const toServer = (state, zone) => {
    const params = new URLSearchParams();
    if (state.from) params.set('occurred_after', midnight(state.from, zone));
    if (state.to) params.set('occurred_before', midnight(addDays(state.to, 1), zone));
    for (const code of state.offence) params.append('offence', code);
    if (state.area) params.set('area', state.area);
    if (state.status) params.set('status', state.status);
    return params;
  };

  const problemOf = (state) => (
    state.from && state.to && state.to < state.from ? 'The period ends before it begins.' : ''
  );

  const daysOf = (state) => (
    state.from && state.to ? Math.round((Date.parse(state.to) - Date.parse(state.from)) / DAY_MS) + 1 : 0
  );

  const offenceWords = (form, codes) => {
    if (!codes.length) return 'All';
    if (codes.length > 1) return `${codes.length} offences`;
    return form.querySelector('[name=offence]:checked').closest('label').textContent.trim();
  };

  const periodWords = ({from, to}) => {
    if (from && to) return `${from} to ${to}`;
    if (from) return `from ${from}`;
    return to ? `until ${to}` : 'all time';
  };

  const showWords = (form, state, latest) => {
    const days = daysOf(state);
    for (const button of form.querySelectorAll('[data-days]')) {
      button.setAttribute('aria-pressed', String(state.to === latest && Number(button.dataset.days) === days));
    }
    const offences = offenceWords(form, state.offence);
    form.querySelector('[data-offence-chosen]').textContent = offences;
    const words = [periodWords(state)];
    if (state.offence.length) words.push(offences);
    for (const name of ['area', 'status']) {
      if (state[name]) words.push(form.elements[name].selectedOptions[0].text);
    }
    form.querySelector('[data-filter-summary]').textContent = words.join(', ');
  };

  const searchOffences = (form, text) => {
    const wanted = text.trim().toLowerCase();
    for (const group of form.querySelectorAll('.crime-map-options fieldset')) {
      const labels = [...group.querySelectorAll('label')];
      for (const label of labels) label.hidden = !label.textContent.toLowerCase().includes(wanted);
      group.hidden = labels.every((label) => label.hidden);
    }
  };

  const letClose = (drop) => {
    const close = () => { drop.open = false; };
    const panel = drop.querySelector('.crime-map-drop-panel');
    drop.addEventListener('toggle', () => {
      const room = document.documentElement.clientWidth - 16;
      panel.classList.toggle('is-right', drop.getBoundingClientRect().left + panel.offsetWidth > room);
    });
    document.addEventListener('click', (event) => { if (!drop.contains(event.target)) close(); });
    drop.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !drop.open) return;
      event.stopPropagation();
      close();
      drop.querySelector('summary').focus();
    });
    drop.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !drop.contains(event.relatedTarget)) close();
    });
  };

  // On a wide screen the filters are a bar; on a phone they are folded to one line.
  const foldOnPhone = (sheet) => {
    const wide = matchMedia('(min-width: 768px)');
    const follow = () => { sheet.open = wide.matches; };
    wide.addEventListener('change', follow);
    follow();
  };

  const copyAddress = async (button) => {
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Copy it from the address bar';
    }
  };

  const listen = (form, {earliest, latest}, changed) => {
    const slider = form.querySelector('[data-period-slider]');
    const change = () => {
      const state = readForm(form);
      showWords(form, state, latest);
      nethraMap.period.follow(slider, state, earliest, latest);
      changed(state);
    };
    slider.addEventListener('input', () => {
      const {from, to} = nethraMap.period.moved(readForm(form), slider.value, earliest);
      form.elements.from.value = from;
      form.elements.to.value = to;
      change();
    });
    form.querySelector('[data-copy-view]').addEventListener('click', (event) => copyAddress(event.target));
    form.addEventListener('change', (event) => { if (event.target.name) change(); });
    form.addEventListener('submit', (event) => event.preventDefault());
    form.querySelector('[data-offence-search]').addEventListener('input', (event) => searchOffences(form, event.target.value));
    form.addEventListener('click', (event) => {
      const {days, filtersClear} = event.target.dataset;
      if (days) Object.assign(form.elements.from, {value: addDays(latest, 1 - Number(days))});
      if (days) Object.assign(form.elements.to, {value: latest});
      if (filtersClear !== undefined) writeForm(form, {...fromAddress('', latest), view: readForm(form).view, cases: readForm(form).cases});
      if (days || filtersClear !== undefined) change();
    });
  };

  const start = (form, {zone, earliestOn, latestOn}, changed) => {
    const latest = latestOn || today(zone);
    writeForm(form, fromAddress(location.search, latest));
    foldOnPhone(form.querySelector('[data-filter-sheet]'));
    letClose(form.querySelector('[data-offence-drop]'));
    listen(form, {earliest: earliestOn, latest}, changed);
    // Read back from the form: it has dropped what it does not offer.
    const state = readForm(form);
    showWords(form, state, latest);
    nethraMap.period.follow(form.querySelector('[data-period-slider]'), state, earliestOn, latest);
    return state;
  };

  const offenceName = (form, code) => (
    form.querySelector(`[name=offence][value="${CSS.escape(code)}"]`)?.closest('label').textContent.trim() ?? code
  );

  return {offenceName, problemOf, start, toAddress, toServer};
})();
