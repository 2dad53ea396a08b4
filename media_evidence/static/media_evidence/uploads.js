'use strict';

// Sends files to a case in pieces, with a bar for each, and goes on where an upload stopped. Without this script the
// form below takes one file in.
(() => {
  const PIECE = 16 * 1024 * 1024;
  const AT_ONCE = 3;
  const RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000];
  const PREFIX = 'nethra-upload:';
  const root = document.querySelector('[data-uploads]');
  if (!root || !window.tus || !tus.isSupported) return;

  const list = root.querySelector('[data-uploads-list]');
  const said = root.querySelector('[data-uploads-said]');
  const caseField = root.querySelector('#uploads-case');
  const chooser = root.querySelector('#uploads-files');
  const drop = root.querySelector('.nethra-drop');
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  const waiting = [];
  const running = new Set();

  const element = (name, text, properties = {}) =>
    Object.assign(document.createElement(name), {textContent: text, ...properties});

  const size = (bytes) => {
    const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
    const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
    return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
  };

  // Only where an upload is stands in the browser: names of evidence do not lie about on shared machines.
  const store = {
    entries: () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)),
    read: (key) => ({...JSON.parse(localStorage.getItem(key)), urlStorageKey: key}),
    findAllUploads: async () => store.entries().map(store.read),
    findUploadsByFingerprint: async (print) =>
      store.entries().filter((key) => key === PREFIX + print).map(store.read),
    addUpload: async (print, upload) => {
      const {uploadUrl, size: length, creationTime} = upload;
      localStorage.setItem(PREFIX + print, JSON.stringify({uploadUrl, size: length, creationTime}));
      return PREFIX + print;
    },
    removeUpload: async (key) => localStorage.removeItem(key),
  };

  const fingerprint = async (file, caseNumber) => {
    if (!window.crypto.subtle) return null;
    const text = [caseNumber, file.name, file.size, file.lastModified].join('\n');
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  };

  const row = (file) => {
    const item = document.createElement('li');
    const name = element('span', file.name, {className: 'nethra-upload-name'});
    const bar = element('progress', '', {max: 1, value: 0});
    bar.setAttribute('aria-label', file.name);
    const state = element('span', 'Waiting', {className: 'nethra-upload-state'});
    const pause = element('button', 'Pause', {type: 'button'});
    const cancel = element('button', 'Cancel', {type: 'button'});
    pause.setAttribute('aria-label', `Pause ${file.name}`);
    cancel.setAttribute('aria-label', `Cancel ${file.name}`);
    item.append(name, bar, state, pause, cancel);
    list.append(item);
    return {item, bar, state, pause, cancel};
  };

  const reason = (error) => {
    const answer = error.originalResponse;
    if (!answer) return 'The server cannot be reached.';
    try {
      const problem = JSON.parse(answer.getBody());
      return Object.values(problem.errors).flat().join(' ') || problem.detail;
    } catch {
      return `The server answered ${answer.getStatus()}.`;
    }
  };

  const next = () => {
    while (running.size < AT_ONCE && waiting.length) waiting.shift()();
  };

  const add = (file, caseNumber) => {
    const shown = row(file);
    let exhibit = '';
    let isPaused = false;

    const rest = () => {
      running.delete(upload);
      next();
    };
    const show = (words) => {
      shown.state.textContent = words;
    };
    const label = (word) => {
      shown.pause.textContent = word;
      shown.pause.setAttribute('aria-label', `${word} ${file.name}`);
    };
    const stop = (word) => {
      isPaused = true;
      label(word);
      rest();
    };

    const upload = new tus.Upload(file, {
      endpoint: root.dataset.uploads,
      chunkSize: PIECE,
      retryDelays: RETRY_MS,
      headers: {'X-CSRFToken': token},
      metadata: {filename: file.name, case_number: caseNumber},
      fingerprint: () => fingerprint(file, caseNumber),
      urlStorage: store,
      removeFingerprintOnSuccess: true,
      onShouldRetry: (error) => {
        const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
        return status === 0 || status >= 500 || [409, 423, 429].includes(status);
      },
      onAfterResponse: (_, answer) => {
        exhibit = answer.getHeader('X-Exhibit') || exhibit;
      },
      onProgress: (sent, whole) => {
        shown.bar.value = whole ? sent / whole : 0;
        show(`${size(sent)} of ${size(whole)}`);
      },
      onSuccess: () => {
        shown.bar.value = 1;
        shown.state.replaceChildren(element('a', 'Taken in', {href: exhibit}));
        shown.pause.remove();
        shown.cancel.remove();
        said.textContent = `${file.name} is taken in.`;
        rest();
      },
      onError: (error) => {
        show(reason(error));
        said.textContent = `${file.name}: ${reason(error)}`;
        stop('Try again');
      },
    });

    const begin = async () => {
      running.add(upload);
      isPaused = false;
      label('Pause');
      show('Looking for what arrived');
      if (!upload.url) {
        const [earlier] = await upload.findPreviousUploads();
        if (earlier) upload.resumeFromPreviousUpload(earlier);
      }
      if (!isPaused) upload.start();
    };

    shown.pause.addEventListener('click', async () => {
      if (isPaused) {
        waiting.push(begin);
        next();
      } else if (running.has(upload)) {
        await upload.abort();
        show('Paused');
        stop('Resume');
      }
    });
    shown.cancel.addEventListener('click', async () => {
      const place = waiting.indexOf(begin);
      if (place >= 0) waiting.splice(place, 1);
      isPaused = true;
      try {
        await upload.abort(true);
      } catch {
        // What could not be told to the server expires there.
      }
      shown.item.remove();
      said.textContent = `${file.name} is cancelled.`;
      rest();
      chooser.focus();
    });

    waiting.push(begin);
    next();
  };

  const take = (files) => {
    const caseNumber = caseField.value.trim();
    if (!caseNumber) {
      said.textContent = 'Say first which case these files belong to.';
      caseField.focus();
      return;
    }
    said.textContent = '';
    Array.from(files).forEach((file) => add(file, caseNumber));
  };

  chooser.addEventListener('change', (event) => {
    // The theme would write the file's name into the nearest text field, which here is the case.
    event.stopImmediatePropagation();
    take(chooser.files);
    chooser.value = '';
  });
  for (const name of ['dragover', 'drop']) {
    root.addEventListener(name, (event) => event.preventDefault());
  }
  root.addEventListener('dragover', () => drop.classList.add('is-over'));
  for (const name of ['dragleave', 'drop']) {
    root.addEventListener(name, () => drop.classList.remove('is-over'));
  }
  root.addEventListener('drop', (event) => take(event.dataTransfer.files));
  window.addEventListener('beforeunload', (event) => {
    if (running.size) event.preventDefault();
  });

  const unfinished = store.entries().length;
  if (unfinished) {
    const note = root.querySelector('[data-uploads-waiting]');
    note.textContent = `Not finished on this computer: ${unfinished}. Choose the same files again to go on.`;
    note.hidden = false;
  }
  root.hidden = false;
})();
