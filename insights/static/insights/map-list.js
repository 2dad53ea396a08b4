'use strict';

// The incidents behind the picture as a list, to read one by one or to make a case of.
globalThis.nethraMap.list = (() => {
  const {nethraMap} = globalThis;
  const MOST_IN_A_CASE = 50;

  const build = (root, words) => {
    const {incidents, make} = nethraMap.panel;
    const asker = nethraMap.asker();
    const parts = Object.fromEntries(['open', 'form', 'rows', 'words', 'gather', 'close'].map((name) => [name, root.querySelector(`[data-list-${name}]`)]));
    const form = parts.form;
    let url = '';

    const picked = () => form.querySelectorAll('[name=incident]:checked').length;
    const follow = () => {
      if (!parts.gather) return;
      const count = picked();
      parts.gather.disabled = !count || count > MOST_IN_A_CASE;
      parts.gather.textContent = count ? `Make a case of these ${count}` : 'Make a case of these';
    };

    const primary = (incident) => (incident.offences ?? []).find((each) => each.is_primary)?.code ?? '';
    const row = (incident) => {
      const box = make('input', {type: 'checkbox', name: 'incident', value: incident.id, ariaLabel: `Take ${incident.number}`});
      const link = make('a', {href: words.link(incident.id)}, incident.number);
      const cells = [words.offence(primary(incident)), words.time(Date.parse(incident.occurred_from) / 1000), incident.address ?? 'withheld', words.status(incident.status)];
      const taken = parts.gather ? [make('td', {}, box)] : [];
      return make('tr', {}, ...taken, make('th', {scope: 'row'}, link), ...cells.map((text) => make('td', {}, text)));
    };
    const show = (answer) => {
      parts.rows.replaceChildren(...answer.data.map(row));
      const shown = answer.data.length < answer.total ? `the latest ${answer.data.length} of ` : '';
      const most = parts.gather ? ` A case is made of ${MOST_IN_A_CASE} at most.` : '';
      parts.words.textContent = `Listed: ${shown}${incidents(answer.total)}.${most}`;
      follow();
    };
    const load = () => asker.ask(url, show, () => {
      parts.rows.replaceChildren();
      parts.words.textContent = 'The list could not be loaded.';
    });
    const close = () => {
      asker.stop();
      form.hidden = true;
      parts.open.hidden = false;
      parts.open.focus();
    };
    // What is listed is what the map shows: other filters, another list.
    const moveTo = (next) => {
      url = next;
      if (!form.hidden) load();
    };

    parts.open.addEventListener('click', () => {
      form.hidden = false;
      parts.open.hidden = true;
      form.querySelector('h2').focus();
      load();
    });
    parts.close.addEventListener('click', close);
    form.addEventListener('change', (event) => {
      if (event.target.matches('[data-list-all]')) {
        for (const box of form.querySelectorAll('[name=incident]')) box.checked = event.target.checked;
      }
      follow();
    });
    return {moveTo};
  };

  return {build};
})();
