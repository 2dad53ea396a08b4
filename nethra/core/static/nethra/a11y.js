'use strict';

// Select2 announces its boxes by what is chosen and never by the field's name. This names them after their label.
(() => {
  let counter = 0;

  const idOf = (node) => {
    if (!node.id) node.id = `nethra-label-${counter += 1}`;
    return node.id;
  };

  const nameOf = (select) => (
    select.getAttribute('aria-label') || select.dataset.placeholder || select.name.split(/__|-/).at(-1).replaceAll('_', ' ')
  );

  const nameBy = (node, label, select) => {
    if (label) {
      node.setAttribute('aria-labelledby', idOf(label));
      return;
    }
    node.removeAttribute('aria-labelledby');
    node.setAttribute('aria-label', nameOf(select));
  };

  const nameContainer = (container) => {
    const select = container.previousElementSibling;
    if (select?.tagName !== 'SELECT') return;
    const label = select.labels?.[0];
    for (const box of container.querySelectorAll('[role=combobox], [role=searchbox], [role=textbox]')) {
      const chosen = box.querySelector('.select2-selection__rendered[id]');
      nameBy(box, label, select);
      // Name and value: "District, Mission".
      if (label && chosen) box.setAttribute('aria-labelledby', `${idOf(label)} ${chosen.id}`);
    }
    // The cross that empties a list of choices sits among its items without being one.
    container.querySelector('ul > .select2-selection__clear')?.setAttribute('role', 'listitem');
  };

  const nameDropdown = () => {
    const open = document.querySelector('.select2-container--open:not(body > .select2-container)');
    const select = open?.previousElementSibling;
    if (select?.tagName !== 'SELECT') return;
    for (const box of document.querySelectorAll('.select2-dropdown [role=searchbox], .select2-dropdown [role=listbox]')) {
      nameBy(box, select.labels?.[0], select);
    }
  };

  const nameAll = () => {
    document.querySelectorAll('.select2-container').forEach(nameContainer);
    nameDropdown();
  };

  const start = () => {
    nameAll();
    // Boxes come with every added inline row and filter sheet, and lists with every opening.
    new MutationObserver((changes) => {
      const added = changes.flatMap((change) => [...change.addedNodes]);
      if (added.some((node) => node.nodeType === 1 && (node.matches('[class*=select2]') || node.querySelector('.select2-container')))) nameAll();
    }).observe(document.body, {childList: true, subtree: true});
  };

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
