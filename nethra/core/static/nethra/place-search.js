'use strict';

// An address field that offers places while somebody types (the combobox of ARIA 1.2), and hands the point of the
// chosen one to the form's map. Without an answer it stays a plain text field.
(() => {
  const WAIT_MS = 200;
  const SHORTEST = 3;
  const LONGEST = 200;
  let count = 0;

  const element = (tag, attributes, text = '') => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };

  const buildParts = (input) => {
    const id = `nethra-places-${++count}`;
    const box = element('div', {class: 'nethra-places'});
    const list = element('ul', {id, class: 'nethra-places-list', role: 'listbox', 'aria-label': 'Places'});
    const status = element('p', {class: 'nethra-places-status', role: 'status'});
    list.hidden = true;
    box.append(list, status);
    input.after(box);
    const roles = {
      role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-haspopup': 'listbox',
      'aria-expanded': 'false', 'aria-controls': id,
    };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    return {input, box, list, status, picker: findPicker(input), places: [], active: -1};
  };

  const findPicker = (input) => {
    const latitude = input.form?.elements.namedItem(`${input.dataset.placesPoint}_latitude`);
    return latitude?.closest('[data-point-picker]') ?? null;
  };

  // What lies around the place already chosen, or else around the agency, comes first.
  const nearOf = ({picker}) => {
    const degrees = ['longitude', 'latitude'].map((part) => picker?.querySelector(`[data-point-${part}]`)?.value.trim());
    if (degrees.every((text) => text && Number.isFinite(Number(text)))) return degrees.join(',');
    const extent = (picker?.dataset.extent ?? '').split(',').map(Number);
    if (extent.length !== 4 || !extent.every(Number.isFinite)) return '';
    return `${(extent[0] + extent[2]) / 2},${(extent[1] + extent[3]) / 2}`;
  };

  const close = (parts) => {
    parts.list.hidden = true;
    parts.active = -1;
    parts.input.setAttribute('aria-expanded', 'false');
    parts.input.removeAttribute('aria-activedescendant');
  };

  const activate = (parts, index) => {
    parts.active = index;
    [...parts.list.children].forEach((option, position) => {
      option.setAttribute('aria-selected', String(position === index));
      if (position !== index) return;
      parts.input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({block: 'nearest'});
    });
  };

  const option = (parts, place, index) => {
    const made = element('li', {id: `${parts.list.id}-${index}`, role: 'option', 'aria-selected': 'false'});
    const about = place.note || (place.exactness === 'street_middle' ? 'The middle of the street.' : '');
    made.append(element('span', {class: 'nethra-places-label'}, place.label));
    made.append(element('span', {class: 'nethra-places-about'}, about ? `${place.kind}. ${about}` : place.kind));
    // The field keeps the focus.
    made.addEventListener('pointerdown', (event) => event.preventDefault());
    made.addEventListener('click', () => choose(parts, index));
    return made;
  };

  const open = (parts, places, said = '') => {
    parts.places = places;
    parts.list.replaceChildren(...places.map((place, index) => option(parts, place, index)));
    parts.active = -1;
    parts.input.removeAttribute('aria-activedescendant');
    parts.list.hidden = !places.length;
    parts.input.setAttribute('aria-expanded', String(places.length > 0));
    parts.list.scrollIntoView({block: 'nearest'});
    parts.status.textContent = places.length
      ? `${places.length} ${places.length === 1 ? 'place' : 'places'} found; choose with the arrow keys and Enter.`
      : said;
  };

  const choose = (parts, index) => {
    const place = parts.places[index];
    const [longitude, latitude] = place.location.coordinates;
    parts.chosen = place.label;
    parts.input.value = place.label;
    // The console's warning about unsaved changes listens for this.
    parts.input.dispatchEvent(new Event('input', {bubbles: true}));
    close(parts);
    parts.status.textContent = place.note || (parts.picker ? 'The place is set on the map.' : '');
    // A page without a picker hears it from the field.
    const heard = new CustomEvent('nethra:place', {bubbles: true, detail: {longitude, latitude}});
    (parts.picker ?? parts.input).dispatchEvent(heard);
  };

  const ask = async (parts) => {
    const text = parts.input.value.trim();
    parts.asking?.abort();
    if (text.length < SHORTEST || text.length > LONGEST) return open(parts, []);
    parts.asking = new AbortController();
    const query = new URLSearchParams({q: text, limit: '8'});
    const near = nearOf(parts);
    if (near) query.set('near', near);
    try {
      const answer = await fetch(`${parts.input.dataset.placesUrl}?${query}`, {signal: parts.asking.signal});
      // Nobody is kept from typing an address: a refusal offers nothing.
      const found = answer.ok ? (await answer.json()).data : [];
      // An address field takes what is typed; who searches wants to know that there is nothing.
      const said = parts.input.type === 'search' && !found.length ? 'No such place is known here.' : '';
      if (document.activeElement === parts.input) open(parts, found, said);
    } catch (problem) {
      if (problem.name !== 'AbortError') open(parts, []);
    }
    return undefined;
  };

  const KEYS = {
    ArrowDown: (parts) => activate(parts, (parts.active + 1) % parts.places.length),
    ArrowUp: (parts) => activate(parts, (parts.active <= 0 ? parts.places.length : parts.active) - 1),
    Enter: (parts) => choose(parts, parts.active),
    Escape: (parts) => close(parts),
  };

  const listen = (parts) => {
    parts.input.addEventListener('input', () => {
      clearTimeout(parts.waiting);
      if (parts.input.value === parts.chosen) return;
      parts.chosen = null;
      parts.waiting = setTimeout(() => ask(parts), WAIT_MS);
    });
    parts.input.addEventListener('keydown', (event) => {
      // Enter with nothing chosen saves the form, as in every other field.
      if (parts.list.hidden || !KEYS[event.key] || (event.key === 'Enter' && parts.active < 0)) return;
      event.preventDefault();
      event.stopPropagation();
      KEYS[event.key](parts);
    });
    parts.input.addEventListener('blur', () => {
      clearTimeout(parts.waiting);
      parts.asking?.abort();
      close(parts);
    });
  };

  for (const input of document.querySelectorAll('input[data-places-url]')) listen(buildParts(input));
})();
