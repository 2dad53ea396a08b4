'use strict';

// The map as a picture that explains itself: title, filters, legend with units, scale, source, date and a caution.
globalThis.nethraMap.picture = (() => {
  const {ol} = globalThis;
  const MARGIN = 16;
  const LINE = 20;
  const FONT = 'Inter, sans-serif';
  const INK = '#111827';
  const QUIET = '#4b5563';
  const CAUTION = 'Incidents as recorded: not everything is reported, and places and times may be approximate.';
  const TAINTED = 'The base map comes from a server that allows no pictures of it: hide it, or ask for its permission.';

  const wrap = (context, text, width) => {
    const lines = [''];
    for (const word of text.split(/\s+/)) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (context.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  };

  const opacityOf = (canvas) => {
    const stated = canvas.parentNode.style.opacity || canvas.style.opacity;
    return stated === '' ? 1 : Number(stated);
  };

  const drawMap = (context, map, top) => {
    const [width, height] = map.getSize();
    context.save();
    context.beginPath();
    context.rect(0, top, width, height);
    context.clip();
    context.fillStyle = getComputedStyle(map.getTargetElement()).backgroundColor;
    context.fillRect(0, top, width, height);
    for (const canvas of map.getViewport().querySelectorAll('.ol-layers canvas')) {
      if (!canvas.width) continue;
      const matrix = /^matrix\(([^(]*)\)$/.exec(canvas.style.transform)?.[1].split(',').map(Number) ?? [width / canvas.width, 0, 0, height / canvas.height, 0, 0];
      context.globalAlpha = opacityOf(canvas);
      context.setTransform(...matrix.with(5, matrix[5] + top));
      context.drawImage(canvas, 0, 0);
    }
    context.restore();
    return height;
  };

  // The longest of 1, 2, 5, 10 … metres that fits into a quarter of the picture.
  const scaleOf = (map) => {
    const view = map.getView();
    const metres = ol.proj.getPointResolution(view.getProjection(), view.getResolution(), view.getCenter(), 'm');
    const room = (map.getSize()[0] / 4) * metres;
    const power = 10 ** Math.floor(Math.log10(room));
    const length = [5, 2, 1].find((each) => each * power <= room) * power;
    return {pixels: length / metres, words: length < 1000 ? `${length} m` : `${length / 1000} km`};
  };

  const drawScale = (context, map, x, y) => {
    const {pixels, words} = scaleOf(map);
    context.fillStyle = INK;
    context.fillRect(x, y - 5, pixels, 3);
    context.fillText(words, x + pixels + 8, y);
  };

  const drawSwatch = (context, {shape, colour}, x, y) => {
    context.fillStyle = colour;
    context.strokeStyle = QUIET;
    context.beginPath();
    if (shape === 'swatch') context.rect(x, y - 11, 18, 13);
    if (shape === 'square') context.rect(x + 3, y - 10, 12, 12);
    if (shape === 'line') context.rect(x, y - 6, 18, 3);
    if (shape === 'dot') context.arc(x + 9, y - 4, 6, 0, 2 * Math.PI);
    if (shape === 'diamond') for (const [dx, dy] of [[9, -12], [17, -4], [9, 4], [1, -4]]) context.lineTo(x + dx, y + dy);
    context.closePath();
    context.fill();
    context.stroke();
  };

  const drawLegend = (context, {title, items}, width, from) => {
    let [x, y] = [MARGIN, from];
    context.fillStyle = INK;
    context.fillText(title, x, y);
    x += context.measureText(title).width + 16;
    for (const item of items) {
      const needed = 24 + context.measureText(item.words).width + 16;
      if (x + needed > width - MARGIN) [x, y] = [MARGIN, y + LINE];
      drawSwatch(context, item, x, y);
      context.fillStyle = INK;
      context.fillText(item.words, x + 24, y);
      x += needed;
    }
    return y;
  };

  // Paints everything; returns the height that it takes. Painted twice: first only to learn how high it gets.
  const paint = (context, map, told) => {
    const [width] = map.getSize();
    let y = MARGIN + 14;
    const write = (text, font, colour) => {
      context.font = `${font} ${FONT}`;
      context.fillStyle = colour;
      for (const line of wrap(context, text, width - 2 * MARGIN)) {
        context.fillText(line, MARGIN, y);
        y += LINE;
      }
    };
    write(told.title, '600 18px', INK);
    write(told.filters, '13px', QUIET);
    y += drawMap(context, map, y - 8) + LINE;
    context.font = `13px ${FONT}`;
    y = drawLegend(context, told.legend, width, y) + LINE + 4;
    drawScale(context, map, MARGIN, y);
    y += LINE + 4;
    for (const line of [...told.notes, CAUTION]) write(line, '12px', QUIET);
    return y;
  };

  const compose = (map, told) => {
    const canvas = document.createElement('canvas');
    [canvas.width] = map.getSize();
    canvas.height = 1;
    canvas.height = paint(canvas.getContext('2d'), map, told);
    const context = canvas.getContext('2d');
    context.fillStyle = told.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint(context, map, told);
    return canvas;
  };

  const hand = (blob, name) => {
    const link = Object.assign(document.createElement('a'), {download: name, href: URL.createObjectURL(blob)});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  // `tell` is asked when the map is drawn, since the legend follows the picture.
  const save = (map, name, tell, say) => {
    map.once('rendercomplete', () => {
      try {
        compose(map, tell()).toBlob((blob) => hand(blob, name), 'image/png');
      } catch (problem) {
        if (problem.name !== 'SecurityError') throw problem;
        say(TAINTED);
      }
    });
    map.render();
  };

  return {compose, save};
})();
