// The filter over the table, in the language of `caviar trials --filter` (host/study/filter.cpp, query.cpp): comparisons joined by "and"; words
// and numbers may stand in quotes. What is not understood throws an Error that says what is.

const spellings = { "==": "=", "<>": "!=" };
const comparers = { "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "=": (a, b) => a === b, "!=": (a, b) => a !== b };

/// [{name, operator, value}]
function comparisonsIn(text) {
  let rest = text.trimStart();
  const found = [];
  const take = (pattern, what) => {
    const match = pattern.exec(rest);
    if (!match) throw new Error(`Expected ${what} ${rest ? `at “${rest.trimEnd()}”` : "at the end"}. Write NAME<VALUE, joined by “and”.`);
    rest = rest.slice(match[0].length).trimStart();
    return match;
  };
  while (rest) {
    if (found.length) take(/^and\b/i, "“and”");
    const name = take(/^[\w.]+/, "a name")[0];
    const operator = take(/^(?:[<>]=?|==?|!=|<>)(?![<>=!])/, "one of < <= > >= = !=")[0];
    const [, quote, quoted, bare] = take(/^(?:(["'])(.*?)\1|([^\s"']\S*))/, "a value (in quotes, if any, that are closed)");
    found.push({ name, operator: spellings[operator] || operator, value: quote ? quoted : bare });
  }
  return found;
}

const ordered = (value) => (value === "full" ? Infinity : value); // of batch_size

/// What the value of a comparison stands for in such a column.
function wanted(column, operator, value) {
  if (column.words) {
    if (operator !== "=" && operator !== "!=") throw new Error(`${column.name} is a word: only = and != compare it.`);
    if (!column.words.includes(value)) throw new Error(`${column.name} is never “${value}”. There are ${column.words.join(", ")}.`);
    return value;
  }
  if (column.name === "batch_size" && value === "full") return ordered(value);
  if (!/^[-+.\de]+$/i.test(value) || !Number.isFinite(Number(value))) throw new Error(`${column.name} is a number, “${value}” is none.`);
  return Number(value);
}

/// Which trials are kept: a function of their place, null for all.
function parseFilter(text) {
  const tests = comparisonsIn(text).map(({ name, operator, value }) => {
    const column = columns.find((c) => c.name === (name === metricName ? "metric" : name));
    if (!column) throw new Error(`No column “${name}”. There are ${columns.map((c) => c.name).join(", ")}.`);
    const to = wanted(column, operator, value), compare = comparers[operator];
    return (i) => {
      const is = ordered(column.value(i));
      return is !== null && compare(is, to);
    };
  });
  return tests.length ? (i) => tests.every((test) => test(i)) : null;
}
