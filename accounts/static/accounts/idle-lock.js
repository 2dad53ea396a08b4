'use strict';

// Locks a console that nobody uses. What was typed stays in the page beneath; the server refuses everything
// meanwhile, whatever this script does.
const watchSession = () => {
  const place = document.querySelector('[data-session-state]');
  if (!place) return;
  const {sessionState: stateUrl, unlock: unlockUrl, login: loginUrl} = place.dataset;
  let deadline = Date.now() + Number(place.dataset.seconds) * 1000;
  let idle = Number(place.dataset.seconds);
  let whose = place.dataset.whose;
  let told = Date.now();
  let typed = false;
  let dialog = null;
  let asking = false;

  const token = () => document.querySelector('[name=csrfmiddlewaretoken]')?.value || place.dataset.csrf;

  // After a sign-in elsewhere in this browser, forms that are open here need the new token.
  const renew = (csrf) => {
    place.dataset.csrf = csrf;
    for (const input of document.querySelectorAll('[name=csrfmiddlewaretoken]')) input.value = csrf;
  };

  const ask = async (method) => {
    const answer = await fetch(stateUrl, {
      method,
      headers: method === 'POST' ? {'X-CSRFToken': token()} : {},
      cache: 'no-store',
    });
    return answer.ok ? answer.json() : {state: 'unknown'};
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const close = () => {
    document.documentElement.classList.remove('nethra-locked');
    dialog?.remove();
    dialog = null;
  };

  const go = (found) => {
    if (found.whose !== whose) {
      location.reload();
      return;
    }
    renew(found.csrf);
    deadline = Date.now() + found.seconds * 1000;
    close();
  };

  const show = (title, sentence, form) => {
    close();
    document.documentElement.classList.add('nethra-locked');
    dialog = element('dialog', {className: 'nethra-lock'},
      element('h2', {id: 'nethra-lock-title', textContent: title}), element('p', {textContent: sentence}), form);
    dialog.setAttribute('aria-labelledby', 'nethra-lock-title');
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
  };

  const locked = (found) => {
    const password = element('input', {type: 'password', name: 'unlock_password', autocomplete: 'current-password',
      required: true, maxLength: 1000, id: 'nethra-lock-password', className: 'nethra-input'});
    const wrong = element('p', {className: 'nethra-wrong'});
    wrong.setAttribute('role', 'alert');
    const form = element('form', {},
      element('label', {htmlFor: 'nethra-lock-password', textContent: 'Password'}), password, wrong,
      element('button', {textContent: 'Unlock', className: 'nethra-button'}),
      element('a', {href: `${loginUrl}?other=1`, textContent: 'Sign in as somebody else'}));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const body = new URLSearchParams({password: password.value, csrfmiddlewaretoken: found.csrf});
      password.value = '';
      const answer = await fetch(unlockUrl, {method: 'POST', body, headers: {'X-Requested-With': 'fetch'}});
      const said = await answer.json().catch(() => ({}));
      if (answer.ok) go(said);
      else if (answer.status === 409) check();
      else wrong.textContent = said.sentence || 'That did not work. Try again.';
      password.focus();
    });
    show('Locked', `${found.name}, nothing happened here for a while. What you typed is kept beneath; your password opens it again.`, form);
    password.focus();
  };

  const ended = (found) => {
    const form = element('form', {},
      element('p', {textContent: 'What you typed is kept beneath. Sign in again in another tab, and go on here.'}),
      element('a', {href: loginUrl, target: '_blank', rel: 'noopener', textContent: 'Sign in (in a new tab)', className: 'nethra-button'}),
      element('button', {textContent: 'I have signed in: go on'}));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      check();
    });
    show('Your session has ended', found.sentence || '', form);
  };

  const check = async () => {
    if (asking) return null;
    asking = true;
    try {
      const found = await ask('GET');
      if (found.state === 'live') go(found);
      else if (found.state === 'locked') locked(found);
      else if (found.state === 'ended') ended(found);
      else deadline = Date.now() + 15_000;
      return found.state;
    } catch {
      // No network: ask again soon.
      deadline = Date.now() + 15_000;
      return 'unknown';
    } finally {
      asking = false;
    }
  };

  const tell = async () => {
    typed = false;
    told = Date.now();
    const found = await ask('POST').catch(() => ({}));
    if (found.state === 'live') deadline = Date.now() + found.seconds * 1000;
  };

  const tick = () => {
    if (dialog) return;
    if (Date.now() >= deadline) check();
    else if (typed && Date.now() - told > Math.min(60, idle / 4) * 1000) tell();
  };

  for (const kind of ['keydown', 'pointerdown', 'input']) {
    document.addEventListener(kind, () => { typed = true; }, {capture: true, passive: true});
  }
  // A laptop that slept through the deadline must not send a form into a locked session.
  document.addEventListener('submit', (event) => {
    if (dialog || Date.now() < deadline) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const {target, submitter} = event;
    check().then((state) => { if (state === 'live') target.requestSubmit(submitter); });
  }, {capture: true});
  document.addEventListener('visibilitychange', tick);
  window.addEventListener('pageshow', tick);
  window.addEventListener('focus', tick);
  setInterval(tick, Math.min(5000, idle * 100));
};

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', watchSession);
else watchSession();
