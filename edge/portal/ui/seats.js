// Names and hues of seats: one hue for each family of models, the same everywhere.
const kHues = 4;

function find(council, name) {
  return (council?.seats ?? []).find((seat) => seat.name === name || seat.model === name);
}

/** The name for people: "Gemma 3 · 4B", or what the server calls it. */
export function seatName(council, name) {
  return find(council, name)?.name ?? name;
}

/** @param {{name: string, model: string}} seat @param {number} fallback for one not in the roster */
export function seatHue(council, { name, model }, fallback) {
  const families = [...new Set((council?.seats ?? []).map((seat) => seat.family || seat.model))];
  const seat = find(council, name) ?? find(council, model);
  const at = seat ? families.indexOf(seat.family || seat.model) : fallback;
  return `c${Math.max(0, at) % kHues}`;
}
