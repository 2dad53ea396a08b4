'use strict';

// When incidents began: a table of weekdays and hours whose cells, rows and columns narrow the map.
globalThis.nethraMap.hours = (() => {
  const {nethraMap} = globalThis;
  const {DAYS, hourWords} = nethraMap.state;
  const HOURS = [...Array(24).keys()].map(String);
  const number = new Intl.NumberFormat('en');
  const incidents = (count) => `${number.format(count)} ${count === 1 ? 'incident' : 'incidents'}`;

  const make = (tag, attributes = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  };

  // The ink that stands out from a class's colour by 4.5 at least, whatever the colour.
  const inkOn = (colour) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#000000' : '#ffffff';
  };

  const button = (text, day, hour) => {
    const node = make('button', {type: 'button', tabIndex: -1}, text);
    if (day) node.dataset.day = day;
    if (hour) node.dataset.hour = hour;
    return node;
  };

  const headRow = () => make('tr', {}, make('td'), ...HOURS.map((hour) => {
    const head = make('th', {scope: 'col'}, button(hour.padStart(2, '0'), '', hour));
    head.firstChild.ariaLabel = `All days, ${hourWords(hour)}`;
    return head;
  }));

  const dayRow = (name, index) => {
    const day = String(index + 1);
    const head = make('th', {scope: 'row'}, button(name.slice(0, 3), day, ''));
    head.firstChild.ariaLabel = `${name}, all hours`;
    return make('tr', {}, head, ...HOURS.map((hour) => make('td', {}, button('', day, hour))));
  };

  const drawTable = (table) => {
    table.append(make('thead', {}, headRow()), make('tbody', {}, ...DAYS.map(dayRow)));
    table.querySelector('tbody td button').tabIndex = 0;
  };

  // One stop for the Tab key; arrows, Home and End move inside.
  const STEPS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
  const move = (table, event) => {
    const cell = event.target.closest('td, th');
    const row = cell?.parentNode;
    const rows = [...table.rows];
    let target = null;
    if (STEPS[event.key]) {
      const [down, right] = STEPS[event.key];
      target = rows[rows.indexOf(row) + down]?.cells[cell.cellIndex + right];
    }
    if (event.key === 'Home') target = row.cells[row.cells[0].firstChild ? 0 : 1];
    if (event.key === 'End') target = row.cells[HOURS.length];
    const next = target?.querySelector('button');
    if (!next) return;
    event.preventDefault();
    for (const each of table.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };

  const without = (list, value) => (list.includes(value) ? list.filter((each) => each !== value) : [...list, value].sort((a, b) => a - b));

  // What a press makes of the days and hours chosen: a cell alone, or a row or column more or less.
  const pressed = ({weekday, hour}, day, at) => {
    if (day && at) {
      const isAlone = String(weekday) === day && String(hour) === at;
      return isAlone ? {weekday: [], hour: []} : {weekday: [day], hour: [at]};
    }
    return day ? {weekday: without(weekday, day), hour} : {weekday, hour: without(hour, at)};
  };

  const paintCell = (node, count, breaks) => {
    const {classColour, classOf} = nethraMap.layers;
    const colour = count ? classColour(classOf(count, breaks), breaks.length) : '';
    node.textContent = count ? number.format(count) : '';
    node.style.background = colour;
    node.style.color = colour && inkOn(colour);
    node.ariaLabel = `${DAYS[node.dataset.day - 1]}, ${hourWords(node.dataset.hour)}: ${incidents(count)}`;
  };

  const mark = (table, {weekday, hour}) => {
    const isAny = !weekday.length && !hour.length;
    for (const node of table.querySelectorAll('button')) {
      const {day, hour: at} = node.dataset;
      const isDay = !day || weekday.includes(day);
      const isHour = !at || hour.includes(at);
      node.ariaPressed = String(isDay && isHour);
      const isIn = (!day || !weekday.length || isDay) && (!at || !hour.length || isHour);
      node.classList.toggle('is-out', !isAny && Boolean(day && at) && !isIn);
    }
  };

  const build = (root, choose) => {
    const [table, words, clear] = ['table', 'words', 'clear'].map((name) => root.querySelector(`[data-hours-${name}]`));
    const asker = nethraMap.asker();
    let state = {weekday: [], hour: []};
    let counts = null;
    drawTable(table);

    const paint = () => {
      if (!counts) return;
      const breaks = nethraMap.layers.classBreaks(counts.flat().filter(Boolean));
      for (const node of table.querySelectorAll('td button')) paintCell(node, counts[node.dataset.day - 1][node.dataset.hour], breaks);
    };
    const follow = (wanted) => {
      state = wanted;
      mark(table, state);
      clear.hidden = !state.weekday.length && !state.hour.length;
    };
    const show = (answer) => {
      ({counts} = answer);
      paint();
      const vague = answer.vague ? `; of ${incidents(answer.vague)} the time is uncertain by more than an hour, counted at the earliest` : '';
      words.textContent = `${incidents(answer.total)} by local time (${answer.time_zone})${vague}. All days and hours are counted here.`;
    };
    const load = (url) => asker.ask(url, show, () => { words.textContent = 'The counts by hour could not be loaded.'; });

    table.addEventListener('click', (event) => {
      const {day, hour} = event.target.dataset;
      if (day || hour) choose(pressed(state, day, hour));
    });
    table.addEventListener('keydown', (event) => move(table, event));
    clear.addEventListener('click', () => {
      choose({weekday: [], hour: []});
      table.querySelector('[tabindex="0"]').focus();
    });
    return {follow, load, recolour: paint};
  };

  return {build, inkOn, pressed};
})();
