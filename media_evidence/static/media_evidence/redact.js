'use strict';

// Marks what a redacted copy leaves out: boxes of a picture or page, in its pixels, or ranges of a text, in code
// points. A box is drawn by mouse, pen or finger; by keyboard it is added, moved by the arrows and sized with Shift.
(() => {
  const form = document.querySelector('form[data-redact]');
  if (!form) return;
  const one = (name) => form.querySelector(`[data-${name}]`);
  const [stage, picture, text, list, make, add, said] = ['stage', 'picture', 'text', 'list', 'make', 'add', 'said'].map(one);
  const reason = form.querySelector('#redact-reason');
  const LEAST = 4;
  const STEP = 0.01;
  const regions = [];
  let [page, pages, isText, shownPage] = [1, 1, false, ''];

  const say = (sentence) => {
    said.textContent = sentence;
  };
  const within = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
  const label = (region) => {
    const why = [...reason.options].find((option) => option.value === region.reason).text;
    const where = 'start' in region
      ? `signs ${region.start + 1} to ${region.end}`
      : `page ${region.page}, ${region.width} by ${region.height} points at ${region.x}, ${region.y}`;
    return `${why}: ${where}`;
  };

  const place = (box, region) => {
    const share = (value, whole) => `${(100 * value) / whole}%`;
    box.style.left = share(region.x, picture.naturalWidth);
    box.style.top = share(region.y, picture.naturalHeight);
    box.style.width = share(region.width, picture.naturalWidth);
    box.style.height = share(region.height, picture.naturalHeight);
    box.setAttribute('aria-label', `${label(region)}. Arrows move it, Shift and arrows size it, Delete removes it.`);
  };

  const remove = (region) => {
    regions.splice(regions.indexOf(region), 1);
    draw();
    (isText ? text : add).focus();
    say('The region is removed.');
  };

  const change = (region, by) => {
    region.x = within(region.x + (by.x || 0), picture.naturalWidth - region.width);
    region.y = within(region.y + (by.y || 0), picture.naturalHeight - region.height);
    region.width = Math.max(within(region.width + (by.width || 0), picture.naturalWidth - region.x), LEAST);
    region.height = Math.max(within(region.height + (by.height || 0), picture.naturalHeight - region.y), LEAST);
  };

  const keyed = (event, box, region) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(Math.round(STEP * Math.max(picture.naturalWidth, picture.naturalHeight)), 1);
    const [x, y] = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[event.key] || [];
    if (x !== undefined) change(region, event.shiftKey ? {width: x, height: y} : {x, y});
    else if (event.key === 'Delete' || event.key === 'Backspace') remove(region);
    else return;
    event.preventDefault();
    place(box, region);
    tell();
  };

  const tell = () => {
    form.elements.regions.value = JSON.stringify(regions);
    make.disabled = regions.length === 0;
    list.replaceChildren(...regions.map((region) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      Object.assign(button, {type: 'button', textContent: 'Remove'});
      button.setAttribute('aria-label', `Remove ${label(region)}`);
      button.addEventListener('click', () => remove(region));
      item.append(label(region), button);
      return item;
    }));
  };

  const boxOf = (region) => {
    const box = document.createElement('button');
    box.type = 'button';
    box.className = 'nethra-redact-box';
    box.addEventListener('keydown', (event) => keyed(event, box, region));
    place(box, region);
    return box;
  };

  const draw = () => {
    stage.querySelectorAll('.nethra-redact-box').forEach((box) => box.remove());
    regions.filter((region) => region.page === page).forEach((region) => stage.append(boxOf(region)));
    tell();
  };

  const keep = (region) => {
    regions.push({reason: reason.value, ...region});
    draw();
    say(`${label(regions.at(-1))}.`);
  };

  // Drawing: the same for mouse, pen and finger. What begins on a box moves it.
  const point = (event) => {
    const frame = picture.getBoundingClientRect();
    return {
      x: within(((event.clientX - frame.left) * picture.naturalWidth) / frame.width, picture.naturalWidth),
      y: within(((event.clientY - frame.top) * picture.naturalHeight) / frame.height, picture.naturalHeight),
    };
  };
  const spanned = (from, to) => ({
    page,
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(from.x - to.x),
    height: Math.abs(from.y - to.y),
  });

  stage.addEventListener('pointerdown', (event) => {
    if (event.button || !event.isPrimary || !picture.naturalWidth) return;
    const from = point(event);
    const boxes = [...stage.querySelectorAll('.nethra-redact-box')];
    const held = regions.filter((region) => region.page === page)[boxes.indexOf(event.target)];
    const box = held ? event.target : boxOf({reason: reason.value, ...spanned(from, from)});
    const began = held ? {x: held.x, y: held.y} : null;
    if (!held) {
      event.preventDefault();
      stage.append(box);
    }
    stage.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const to = point(moved);
      if (held) {
        Object.assign(held, began);
        change(held, {x: to.x - from.x, y: to.y - from.y});
        place(box, held);
      } else {
        place(box, {reason: reason.value, ...spanned(from, to)});
      }
    };
    const stop = (ended) => {
      ['pointermove', 'pointerup', 'pointercancel'].forEach((name, at) => stage.removeEventListener(name, at ? stop : move));
      if (held) {
        tell();
        box.focus();
        return;
      }
      box.remove();
      const region = spanned(from, point(ended));
      if (ended.type === 'pointerup' && region.width >= LEAST && region.height >= LEAST) keep(region);
    };
    stage.addEventListener('pointermove', move);
    stage.addEventListener('pointerup', stop);
    stage.addEventListener('pointercancel', stop);
  });

  const addBox = () => {
    const [width, height] = [picture.naturalWidth, picture.naturalHeight].map((side) => Math.max(Math.round(side / 5), LEAST));
    keep({page, x: Math.round(width * 2), y: Math.round(height * 2), width, height});
    stage.lastElementChild.focus();
  };

  const addRange = () => {
    // Browsers count in units of UTF-16, copies in code points.
    const count = (end) => [...text.value.slice(0, end)].length;
    const [start, end] = [count(text.selectionStart), count(text.selectionEnd)];
    if (start === end) say('Select words in the text first.');
    else keep({start, end});
  };

  add.addEventListener('click', () => (isText ? addRange() : addBox()));

  const show = async (wanted) => {
    say('Loading.');
    const answer = await fetch(form.dataset.redact.replace(/1\/$/, `${wanted}/`), {credentials: 'same-origin'}).catch(() => null);
    if (!answer || !answer.ok) {
      add.disabled = true;
      say(answer && answer.status === 409 ? await answer.text() : 'It cannot be shown now; load the page again.');
      return;
    }
    pages = Number(answer.headers.get('X-Pages')) || 1;
    page = wanted;
    isText = !answer.headers.get('Content-Type').startsWith('image/');
    one('how').textContent = isText
      ? 'Select words, then take them out. A mark stands in their place, which tells neither how long they were nor why.'
      : 'Draw boxes over what is to be taken out, or add one and move it by the arrows (Shift sizes it). The exhibit itself stays as it is.';
    if (isText) {
      add.textContent = 'Take out what is selected';
      text.value = await answer.text();
    } else {
      URL.revokeObjectURL(shownPage);
      shownPage = URL.createObjectURL(await answer.blob());
      picture.src = shownPage;
      await picture.decode();
    }
    text.hidden = !isText;
    stage.hidden = isText;
    one('paging').hidden = pages < 2;
    one('number').textContent = `Page ${page} of ${pages}`;
    form.querySelectorAll('[data-step]').forEach((button) => {
      button.disabled = page + Number(button.dataset.step) < 1 || page + Number(button.dataset.step) > pages;
    });
    say('');
    draw();
  };

  form.querySelectorAll('[data-step]').forEach((button) => {
    button.addEventListener('click', () => show(page + Number(button.dataset.step)));
  });
  show(1);
})();
