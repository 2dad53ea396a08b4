'use strict';

// The box over the map that says what is at a place, and the words in it.
globalThis.nethraMap.popup = (() => {
  const {ol, nethraMap} = globalThis;

  const build = (map, canvas, node) => {
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

  const wordsFor = (root, form) => {
    const time = new Intl.DateTimeFormat('en-GB', {
      timeZone: root.dataset.timeZone || 'UTC', dateStyle: 'medium', timeStyle: 'short',
    });
    const statusOption = (value) => [...form.elements.status.options].find((option) => option.value === value);
    return {
      caseLink: (id) => `${root.dataset.caseUrl}${encodeURIComponent(id)}/change/`,
      caseStatus: (value) => String(value).replaceAll('_', ' '),
      link: (id) => `${root.dataset.incidentUrl}${encodeURIComponent(id)}/change/`,
      offence: (code) => nethraMap.filters.offenceName(form, String(code)),
      status: (value) => statusOption(value)?.text ?? value,
      time: (seconds) => time.format(new Date(Number(seconds) * 1000)),
    };
  };

  return {build, wordsFor};
})();
