'use strict';

// Talks to security keys (WebAuthn): registers one on the second factor's page, and signs with one where a code
// is asked for. The server's options and the key's answers are JSON with base64url in place of bytes.
(() => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0),
  );
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

  const optionsOf = async (form) => {
    const answer = await fetch(form.dataset.keyOptions, {
      method: 'POST',
      headers: {'X-CSRFToken': form.elements.csrfmiddlewaretoken.value},
    });
    if (!answer.ok) throw new Error('refused');
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const credential of list || []) credential.id = bytes(credential.id);
    }
    return options;
  };

  const asJson = (credential) => {
    const response = {clientDataJSON: text(credential.response.clientDataJSON)};
    for (const part of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  const status = (sentence) => {
    const place = document.querySelector('[data-key-status]');
    if (place) place.textContent = sentence;
  };

  const failed = (problem) => status(
    problem.name === 'InvalidStateError'
      ? 'This key is registered already.'
      : 'The security key was not used. Try again, or choose another way.',
  );

  const register = async (form) => {
    status('Touch your security key when it blinks.');
    try {
      const made = await navigator.credentials.create({publicKey: await optionsOf(form)});
      form.elements.answer.value = asJson(made);
      form.submit();
    } catch (problem) {
      failed(problem);
    }
  };

  const sign = async (form) => {
    status('Touch your security key when it blinks.');
    try {
      const signed = await navigator.credentials.get({publicKey: await optionsOf(form)});
      form.elements.key_answer.value = asJson(signed);
      form.submit();
    } catch (problem) {
      failed(problem);
    }
  };

  const registering = document.querySelector('[data-key-register]');
  const signing = document.querySelector('[data-key-form]');
  if (!window.PublicKeyCredential) {
    if (registering) status('This browser, or this address, does not do security keys: they need https, or localhost.');
    return;
  }
  registering?.addEventListener('submit', (event) => {
    event.preventDefault();
    register(registering);
  });
  for (const offer of document.querySelectorAll('[data-key-offer]')) offer.hidden = false;
  document.querySelector('.nethra-use-key')?.addEventListener('click', (event) => {
    event.preventDefault();
    sign(signing);
  });
})();
