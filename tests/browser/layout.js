() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  const shown = (node) => node.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
    && node.getBoundingClientRect().width > 1 && node.getBoundingClientRect().height > 1;
  const name = (node) => `${node.tagName.toLowerCase()}.${String(node.className).slice(0, 60)} "${(node.innerText || node.value || '').trim().slice(0, 40)}"`;
  for (const node of document.querySelectorAll('body *')) {
    const style = getComputedStyle(node);
    const clips = ['hidden', 'clip'].includes(style.overflowX);
    const ownText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (clips && ownText && shown(node) && style.textOverflow !== 'ellipsis' && node.scrollWidth > node.clientWidth + 1) found.push(`cuts text: ${name(node)}`);
  }
  const stuck = (node) => {
    for (let each = node; each && each !== document.body; each = each.parentElement) {
      if (['fixed', 'sticky'].includes(getComputedStyle(each).position)) return true;
    }
    return false;
  };
  // Lying inside a field on purpose: the buttons of the map, and the calendar and clock of a date field.
  const controls = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter((node) => shown(node) && !stuck(node) && !node.closest('[hidden], .sr-only, .ol-control, .datetimeshortcuts'));
  const boxes = controls.map((node) => ({node, box: node.getBoundingClientRect()}));
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.node.contains(b.node) || b.node.contains(a.node)) continue;
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 2 && high > 2) found.push(`overlap: ${name(a.node)} and ${name(b.node)}`);
    }
  }
  for (const image of document.images) {
    if (image.complete && image.naturalWidth === 0 && shown(image)) found.push(`no picture: ${image.src}`);
  }
  return found;
}
