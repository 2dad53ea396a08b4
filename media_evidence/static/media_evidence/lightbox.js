'use strict';

// Opens an exhibit's picture over the page: + and - zoom, 0 fits it again, Escape closes. Without this script the
// link opens the picture by itself.
(() => {
  const STEP = 1.25;
  const MOST = 8;

  const button = (sign, name, act) => {
    const made = document.createElement('button');
    Object.assign(made, {type: 'button', textContent: sign, title: name});
    made.setAttribute('aria-label', name);
    made.addEventListener('click', act);
    return made;
  };

  const open = (link) => {
    const dialog = document.createElement('dialog');
    const frame = document.createElement('div');
    const picture = document.createElement('img');
    const tools = document.createElement('div');
    let zoom = 1;

    const draw = () => {
      if (!picture.naturalWidth) return;
      const fit = Math.min(frame.clientWidth / picture.naturalWidth, frame.clientHeight / picture.naturalHeight, 1);
      picture.style.width = `${Math.round(picture.naturalWidth * fit * zoom)}px`;
    };
    const zoomTo = (wanted) => {
      const [x, y] = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
      const before = zoom;
      zoom = Math.min(Math.max(wanted, 1), MOST);
      draw();
      frame.scrollTo((x * zoom) / before - frame.clientWidth / 2, (y * zoom) / before - frame.clientHeight / 2);
    };
    const keys = {'+': () => zoomTo(zoom * STEP), '=': () => zoomTo(zoom * STEP), '-': () => zoomTo(zoom / STEP), 0: () => zoomTo(1)};

    dialog.className = 'nethra-lightbox';
    dialog.setAttribute('aria-label', link.dataset.lightbox);
    frame.className = 'nethra-lightbox-frame';
    frame.tabIndex = 0;
    Object.assign(picture, {src: link.href, alt: link.dataset.lightbox});
    picture.addEventListener('load', draw);
    tools.className = 'nethra-lightbox-tools';
    tools.append(
      button('−', 'Zoom out', keys['-']),
      button('+', 'Zoom in', keys['+']),
      button('×', 'Close', () => dialog.close()),
    );
    frame.append(picture);
    dialog.append(tools, frame);
    dialog.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
    addEventListener('resize', draw);
    dialog.addEventListener('close', () => {
      removeEventListener('resize', draw);
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    frame.focus();
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-lightbox]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
})();
