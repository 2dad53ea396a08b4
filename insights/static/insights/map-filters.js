'use strict';

// The filter form and its words.
globalThis.nethraMap.filters = (() => {
  const {nethraMap} = globalThis;
  const {addDays, daysOf, fromAddress, measureOf, periodWords, placeWords, timeWords, today, viewOf} = nethraMap.state;
  // Kept in the form where a matrix or a drawing sets them, so that the form is all there is to know.
  const DRAWN = ['weekday', 'hour', 'within', 'near'];
  const listed = (text) => text.split(',').filter(Boolean);
  const readForm = (form) => {
    const data = new FormData(form);
    return {
      view: viewOf(data.get('view')), cases: data.has('cases'),
      from: data.get('from'), to: data.get('to'), offence: data.getAll('offence'),
      area: data.get('area'), status: data.get('status'), measure: measureOf(data.get('measure')),
      weekday: listed(data.get('weekday')), hour: listed(data.get('hour')), within: data.get('within'), near: data.get('near'),
    };
  };

  const setSelect = (select, value) => {
    select.value = value;
    if (select.selectedIndex < 0) select.value = '';
  };

  const writeForm = (form, state) => {
    const {view, from, to, area, status, cases, measure} = form.elements;
    view.value = state.view;
    measure.value = state.measure;
    for (const name of DRAWN) form.elements[name].value = String(state[name]);
    if (cases) cases.checked = state.cases;
    from.value = state.from;
    to.value = state.to;
    setSelect(area, state.area);
    setSelect(status, state.status);
    for (const box of form.querySelectorAll('[name=offence]')) box.checked = state.offence.includes(box.value);
  };

  const offenceWords = (form, codes) => {
    if (!codes.length) return 'All';
    if (codes.length > 1) return `${codes.length} offences`;
    return form.querySelector('[name=offence]:checked').closest('label').textContent.trim();
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
    words.push(...[timeWords(state), placeWords(state)].filter(Boolean));
    form.querySelector('[data-filter-summary]').textContent = words.join(', ');
    form.querySelector('[data-area-measure]').hidden = !['beats', 'districts'].includes(state.view);
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
      if (filtersClear !== undefined) writeForm(form, kept(readForm(form), fromAddress('', latest)));
      if (days || filtersClear !== undefined) change();
    });
  };

  // What is cleared are the filters, not the way of looking.
  const kept = ({view, cases, measure}, state) => ({...state, view, cases, measure});

  // Sets values that a matrix or a drawing chose, as if somebody had typed them.
  const set = (form, values) => {
    for (const [name, value] of Object.entries(values)) form.elements[name].value = String(value);
    form.elements.within.dispatchEvent(new Event('change', {bubbles: true}));
  };

  const words = (form) => form.querySelector('[data-filter-summary]').textContent;

  const start = (form, {zone, earliestOn, latestOn}, changed) => {
    const latest = latestOn || today(zone);
    writeForm(form, fromAddress(location.search, latest));
    foldOnPhone(form.querySelector('[data-filter-sheet]'));
    for (const drop of form.querySelectorAll('.crime-map-drop')) letClose(drop);
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

  return {offenceName, set, start, words};
})();
