'use strict';

// The slider moves a period of unchanged length through the days that there are incidents of.
globalThis.nethraMap.period = (() => {
  const DAY_MS = 86400000;
  const day = (text) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  const text = (number) => new Date(number * DAY_MS).toISOString().slice(0, 10);

  // Returns where the slider stands and how far it goes, or null where there is nothing to move.
  const reach = ({from, to}, earliest, latest) => {
    if (!from || !to || !earliest || !latest) return null;
    const length = day(to) - day(from) + 1;
    const most = day(latest) - day(earliest) + 1 - length;
    return length > 0 && most > 0 ? {most, value: Math.min(Math.max(day(from) - day(earliest), 0), most)} : null;
  };

  const moved = ({from, to}, value, earliest) => {
    const first = day(earliest) + Number(value);
    return {from: text(first), to: text(first + day(to) - day(from))};
  };

  const follow = (slider, state, earliest, latest) => {
    const found = reach(state, earliest, latest);
    slider.disabled = !found;
    if (!found) return;
    slider.max = String(found.most);
    slider.value = String(found.value);
    slider.setAttribute('aria-valuetext', `${state.from} to ${state.to}`);
  };

  return {follow, moved, reach};
})();
