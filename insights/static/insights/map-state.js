'use strict';

// What is looked at, and its two query strings: the page's own (whole days in the agency's zone, both included) and
// the server's (instants in UTC, the end excluded).
globalThis.nethraMap.state = (() => {
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

  const VIEWS = ['hexagons', 'squares', 'points', 'beats', 'districts'];
  const viewOf = (word) => (VIEWS.includes(word) ? word : VIEWS[0]);

  const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
  const isWeekday = (text) => /^[1-7]$/.test(text);
  const isHour = (text) => /^(\d|1\d|2[0-3])$/.test(text);
  const isOutline = (text) => /^POLYGON\(\([-\d., ]+\)\)$/.test(text);
  const isNear = (text) => /^-?\d+(\.\d+)?,-?\d+(\.\d+)?,\d+(\.\d+)?$/.test(text);
  const LISTS = ['offence', 'weekday', 'hour'];
  const WORDS = ['area', 'status', 'within', 'near'];
  const MEASURES = ['count', 'rate', 'change'];
  const measureOf = (word) => (MEASURES.includes(word) ? word : MEASURES[0]);

  // An empty address means "the latest 90 days"; "from=&to=" means all of time.
  const fromAddress = (search, latest) => {
    const params = new URLSearchParams(search);
    const has = params.has('from') || params.has('to');
    const one = (name, isRight) => (isRight(params.get(name) ?? '') ? params.get(name) : '');
    const day = (name) => one(name, isDay);
    return {
      view: viewOf(params.get('view')), cases: params.get('cases') === '1', measure: measureOf(params.get('measure')),
      from: has ? day('from') : addDays(latest, 1 - DEFAULT_DAYS), to: has ? day('to') : latest,
      offence: params.getAll('offence'), area: params.get('area') ?? '', status: params.get('status') ?? '',
      weekday: params.getAll('weekday').filter(isWeekday), hour: params.getAll('hour').filter(isHour),
      within: one('within', isOutline), near: one('near', isNear),
    };
  };

  const addFilters = (params, state) => {
    for (const name of LISTS) for (const value of state[name]) params.append(name, value);
    for (const name of WORDS) if (state[name]) params.set(name, state[name]);
  };

  const toAddress = (state, at) => {
    const params = new URLSearchParams({view: state.view, from: state.from, to: state.to});
    addFilters(params, state);
    if (state.measure !== MEASURES[0]) params.set('measure', state.measure);
    if (state.cases) params.set('cases', '1');
    if (at) params.set('at', at);
    return params.toString();
  };

  const toServer = (state, zone) => {
    const params = new URLSearchParams();
    if (state.from) params.set('occurred_after', midnight(state.from, zone));
    if (state.to) params.set('occurred_before', midnight(addDays(state.to, 1), zone));
    addFilters(params, state);
    return params;
  };

  const problemOf = (state) => (
    state.from && state.to && state.to < state.from ? 'The period ends before it begins.' : ''
  );

  const daysOf = (state) => (
    state.from && state.to ? Math.round((Date.parse(state.to) - Date.parse(state.from)) / DAY_MS) + 1 : 0
  );

  const periodWords = ({from, to}) => {
    if (from && to) return `${from} to ${to}`;
    if (from) return `from ${from}`;
    return to ? `until ${to}` : 'all time';
  };

  const hourWords = (hour) => `${hour.padStart(2, '0')}:00–${String(Number(hour) + 1).padStart(2, '0')}:00`;
  const timeWords = ({weekday, hour}) => [
    weekday.map((day) => DAYS[day - 1]).join(' and '), hour.map(hourWords).join(' and '),
  ].filter(Boolean).join(', ');

  const placeWords = ({within, near}) => {
    const [longitude, latitude, metres] = near.split(',').map(Number);
    return [
      within ? 'inside the outline' : '',
      near ? `within ${Math.round(metres)} m of ${latitude.toFixed(5)}, ${longitude.toFixed(5)}` : '',
    ].filter(Boolean).join(', ');
  };

  return {
    DAYS, addDays, daysOf, fromAddress, hourWords, measureOf, periodWords, placeWords, problemOf, timeWords, toAddress,
    toServer, today, viewOf,
  };
})();
