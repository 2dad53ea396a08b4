'use strict';

// The words and numbers beside the picture: legend, total, table of cells, popup. Text goes in as text, never as HTML.
globalThis.nethraMap.panel = (() => {
  const {nethraMap} = globalThis;
  const ROWS = 10;
  const LISTED = 6;
  const number = new Intl.NumberFormat('en');
  const size = new Intl.NumberFormat('en', {maximumSignificantDigits: 3});
  const percent = new Intl.NumberFormat('en', {style: 'percent', maximumFractionDigits: 1});

  const make = (tag, attributes = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  };

  const incidents = (count) => `${number.format(count)} ${count === 1 ? 'incident' : 'incidents'}`;

  const swatch = (className, colour) => {
    const node = make('span', {className});
    node.style.background = colour;
    return node;
  };

  // What the legend says, for the page and for the picture.
  const legendOf = (shown) => {
    const items = shown.classes.map(({colour, words}) => ({shape: 'swatch', colour, words}));
    if (shown.marks) items.push({shape: 'dot', colour: nethraMap.colours().mark, words: 'one incident'});
    if (shown.cases) items.push({shape: 'diamond', colour: nethraMap.colours().outline, words: 'one case'});
    const title = items.length ? shown.title || 'Marks' : shown.layers.length && 'Layers';
    return {title: title || '', items: [...items, ...shown.layers]};
  };

  const legend = (root, shown, view) => {
    const {title, items} = legendOf(shown);
    const listed = items.map(({shape, colour, words}) => make('li', {}, swatch(`crime-map-${shape}`, colour), words));
    const hint = view === 'points' && shown.classes.length ? 'Zoom in to see single incidents.' : '';
    root.replaceChildren(...(title ? [make('strong', {}, title), make('ul', {}, ...listed)] : []), hint);
  };

  const placeWords = (cell, areas) => {
    const centre = globalThis.ol.proj.fromLonLat([cell.lon, cell.lat]);
    const around = areas.getFeaturesAtCoordinate(centre).filter((area) => area.get('kind') !== 'boundary');
    const area = ['beat', 'district', 'own'].map((kind) => around.find((each) => each.get('kind') === kind)).find(Boolean);
    const place = `${cell.lat.toFixed(4)}, ${cell.lon.toFixed(4)}`;
    return area ? [area.get('name') || area.get('code'), make('small', {}, place)] : [place];
  };

  const cellRow = (cell, total, areas, choose) => {
    const button = make('button', {type: 'button'}, ...placeWords(cell, areas));
    button.addEventListener('click', () => choose(cell));
    return make(
      'tr', {}, make('td', {}, button), make('td', {className: 'number'}, number.format(cell.count)),
      make('td', {className: 'number'}, percent.format(total ? cell.count / total : 0)),
    );
  };

  const heads = (parts, columns) => parts.heads.replaceChildren(
    make('th', {scope: 'col'}, 'Place'), ...columns.map((column) => make('th', {scope: 'col', className: 'number'}, column)),
  );

  const cells = (parts, answer, areas, choose) => {
    heads(parts, ['Count', 'Share']);
    const highest = answer.data.toSorted((a, b) => b.count - a.count).slice(0, ROWS);
    parts.total.textContent = answer.total ? `${incidents(answer.total)} with a place` : 'No incident fits these filters.';
    const rows = highest.map((cell) => cellRow(cell, answer.total, areas, choose));
    parts.cells.replaceChildren(...rows);
  };

  const areaRow = (area, figures, choose) => {
    const button = make('button', {type: 'button'}, area.name || area.code);
    button.addEventListener('click', () => choose(area));
    return make('tr', {}, make('td', {}, button), ...figures.map((figure) => make('td', {className: 'number'}, figure)));
  };

  const areas = (parts, answer, measure, choose) => {
    const outside = answer.elsewhere ? `, ${number.format(answer.elsewhere)} of them in no ${answer.kind}` : '';
    const listed = answer.areas.toSorted((a, b) => measure.order(b) - measure.order(a)).slice(0, ROWS);
    heads(parts, measure.columns);
    parts.total.textContent = answer.total ? `${incidents(answer.total)}${outside}` : 'No incident fits these filters.';
    parts.cells.replaceChildren(...listed.map((area) => areaRow(area, measure.cells(area, answer.total), choose)));
  };

  const status = (node, words, retry) => {
    node.replaceChildren(words);
    node.classList.toggle('is-problem', Boolean(retry));
    if (!retry) return;
    const button = make('button', {type: 'button', className: 'nethra-button'}, 'Try again');
    button.addEventListener('click', retry);
    node.append(' ', button);
  };

  const problemWords = (reason) => {
    if (reason === 'signed-out' || reason === '401') return 'Your session has ended. Reload the page to sign in again.';
    if (reason === '403') return 'Your role may not see incidents on the map.';
    if (reason === '400') return 'The server did not understand these filters.';
    return 'The incidents could not be loaded.';
  };

  const layerProblemWords = (reason) => (
    ['signed-out', '401'].includes(reason) ? problemWords(reason) : 'A layer of the map could not be loaded.'
  );

  const incidentItem = (feature, words) => {
    const link = make('a', {href: words.link(feature.get('id'))}, String(feature.get('number')));
    return make(
      'li', {}, link, make('span', {}, words.offence(feature.get('offence'))),
      make('span', {}, `${words.time(feature.get('t'))} · ${words.status(feature.get('status'))}`),
    );
  };

  const markContent = (marks, words) => {
    // A mark on the border of two tiles comes twice.
    const known = [...new Map(marks.map((mark) => [mark.get('id'), mark])).values()];
    known.sort((a, b) => b.get('t') - a.get('t'));
    const content = [make('ul', {}, ...known.slice(0, LISTED).map((mark) => incidentItem(mark, words)))];
    if (known.length > LISTED) {
      content.push(make('p', {}, `and ${known.length - LISTED} more here. Zoom in or narrow the filters.`));
    }
    return content;
  };

  const caseItem = (feature, words) => make(
    'li', {}, make('a', {href: words.caseLink(feature.get('id') ?? feature.getId())}, String(feature.get('number'))),
    make('span', {}, String(feature.get('title'))), make('span', {}, `Case · ${words.caseStatus(feature.get('status'))}`),
  );

  const caseContent = (cases, words) => {
    const content = [make('ul', {}, ...cases.slice(0, LISTED).map((each) => caseItem(each, words)))];
    if (cases.length > LISTED) content.push(make('p', {}, `and ${cases.length - LISTED} more cases here.`));
    return content;
  };

  const areaContent = (area, zoomIn) => {
    const button = make('button', {type: 'button', className: 'nethra-button'}, 'Show them as points');
    button.addEventListener('click', zoomIn);
    const before = area.before === null ? '' : `, ${number.format(area.before)} in the period before`;
    return [
      make('p', {}, make('strong', {}, area.name || area.code)),
      make('p', {}, `${incidents(area.count)} in this ${area.kind} of ${size.format(area.square_kilometres)} km²${before}`), button,
    ];
  };

  const binContent = (bin, zoomIn) => {
    const button = make('button', {type: 'button', className: 'nethra-button'}, 'Show them as points');
    button.addEventListener('click', zoomIn);
    return [make('p', {}, `${incidents(bin.get('count'))} in this cell`), button];
  };

  const recordHere = (url, coordinate) => {
    const [longitude, latitude] = globalThis.ol.proj.toLonLat(coordinate).map((degree) => degree.toFixed(5));
    const link = make('a', {href: `${url}?${new URLSearchParams({latitude, longitude})}`}, 'Record an incident here');
    return make('p', {}, link, make('small', {}, `${latitude}, ${longitude}`));
  };

  // Returns what the popup says about the features under a click, or null when there is nothing.
  const popupContent = ({cases, area, features}, words, zoomIn) => {
    if (cases.length) return caseContent(cases, words);
    if (area) return areaContent(area, zoomIn);
    const marks = features.filter((feature) => feature.get('layer') === 'incidents');
    if (marks.length) return markContent(marks, words);
    const bin = features.find((feature) => feature.get('layer') === 'bins');
    return bin ? binContent(bin, zoomIn) : null;
  };

  return {areas, cells, incidents, layerProblemWords, legend, legendOf, make, popupContent, problemWords, recordHere, status};
})();
