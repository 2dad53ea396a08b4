'use strict';

// The three ways to look at an area: how many, how many for its size, how many more or fewer than before.
globalThis.nethraMap.measures = (() => {
  const {nethraMap} = globalThis;
  // Below this in both periods a change is chance as likely as not.
  const FEW = 10;
  const number = new Intl.NumberFormat('en');
  const decimal = new Intl.NumberFormat('en', {maximumSignificantDigits: 2});
  const percent = new Intl.NumberFormat('en', {style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero'});
  const share = new Intl.NumberFormat('en', {style: 'percent', maximumFractionDigits: 1});

  const rateOf = (area) => area.count / area.square_kilometres;
  const isFew = (area) => area.count < FEW && area.before < FEW;
  const changeOf = (area) => (area.before ? (area.count - area.before) / area.before : Infinity);

  const downToTwoDigits = (value) => {
    const step = 10 ** (Math.floor(Math.log10(value)) - 1);
    return Number((Math.floor(value / step) * step).toPrecision(2));
  };

  // Like the classes of counts, for numbers that may be smaller than one.
  const rateBreaks = (rates) => {
    const sorted = rates.filter(Boolean).toSorted((a, b) => a - b);
    if (!sorted.length) return [];
    const at = (part) => downToTwoDigits(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
    return [...new Set([at(0), at(0.5), at(0.75), at(0.9), at(0.97)])];
  };

  // The lowest change of each class; the middle one is neither more nor fewer.
  const CHANGES = [-Infinity, -0.5, -0.1, 0.1, 0.5];
  const CHANGE_WORDS = ['half as many or fewer', '10 % to 50 % fewer', 'within 10 %', '10 % to 50 % more', 'over 50 % more'];

  const classIn = (value, breaks) => breaks.findLastIndex((lowest) => lowest <= value);
  const ranged = (index, breaks, words, last) => (
    index + 1 < breaks.length ? `${words(breaks[index])} to under ${words(breaks[index + 1])}` : `${words(breaks[index])} to ${words(last)}`
  );

  const byValue = (valueOf, breaksOf, title, words) => (areas) => {
    const values = areas.map(valueOf);
    const breaks = breaksOf(values);
    const colour = (index) => nethraMap.layers.classColour(index, breaks.length);
    return {
      title, colourOf: (area) => (area.count && breaks.length ? colour(Math.max(0, classIn(valueOf(area), breaks))) : ''),
      classes: breaks.map((lowest, index) => ({colour: colour(index), words: ranged(index, breaks, words, Math.max(...values))})),
    };
  };

  const countBreaks = (counts) => nethraMap.layers.classBreaks(counts.filter(Boolean));
  const whole = (value) => number.format(value);

  const change = (areas) => {
    const {changes, few} = nethraMap.colours();
    const colourOf = (area) => {
      if (area.before === null) return '';
      return isFew(area) ? few : changes[classIn(changeOf(area), CHANGES)];
    };
    const isShown = new Set(areas.map(colourOf));
    const classes = CHANGE_WORDS.map((words, index) => ({colour: changes[index], words}));
    classes.push({colour: few, words: `fewer than ${FEW} in both periods: too few to compare`});
    return {title: 'Change against the period before', colourOf, classes: classes.filter(({colour}) => isShown.has(colour))};
  };

  const changeWords = (area) => {
    if (area.before === null) return '-';
    const words = area.before ? percent.format(changeOf(area)) : `+${number.format(area.count)}`;
    return isFew(area) ? `${words} (few)` : words;
  };

  const MEASURES = {
    count: {
      look: byValue((area) => area.count, countBreaks, 'Incidents (count)', whole), columns: ['Count', 'Share'],
      cells: (area, total) => [number.format(area.count), share.format(total ? area.count / total : 0)],
      order: (area) => area.count, sorted: 'highest count first',
    },
    rate: {
      look: byValue(rateOf, rateBreaks, 'Incidents per km²', (value) => decimal.format(value)), columns: ['Count', 'Per km²'],
      cells: (area) => [number.format(area.count), decimal.format(rateOf(area))],
      order: rateOf, sorted: 'highest rate first',
    },
    change: {
      look: change, columns: ['Count', 'Before', 'Change'],
      cells: (area) => [number.format(area.count), area.before === null ? '-' : number.format(area.before), changeWords(area)],
      order: (area) => Math.abs(area.count - (area.before ?? 0)), sorted: 'biggest difference first',
    },
  };

  // What is compared with what: both periods by their days, and how many incidents lie in each.
  const comparison = (answer, {from, to}) => {
    const {addDays} = nethraMap.state;
    if (!answer.period_before) return 'Choose the first and the last day of a period to compare it with the one before.';
    const before = answer.areas.reduce((sum, area) => sum + area.before, 0);
    const now = answer.areas.reduce((sum, area) => sum + area.count, 0);
    const [start, end] = [answer.period_before.start, answer.period_before.end].map((moment) => moment.slice(0, 10));
    return `${from} to ${to} (n = ${number.format(now)}) against ${start} to ${addDays(end, -1)} (n = ${number.format(before)}).`;
  };

  return {MEASURES, changeWords, comparison, rateBreaks};
})();
