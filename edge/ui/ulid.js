// ULIDs (github.com/ulid/spec): 48 bits of time, 80 of chance, in Crockford's base 32.
const kDigits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const kTimeDigits = 10;
const kChanceDigits = 16;

/** @param {number} unixMs @param {Uint8Array} chance 16 random bytes, 5 bits of each are used */
export function makeUlid(unixMs, chance) {
  let time = '';
  for (let i = 0, rest = unixMs; i < kTimeDigits; i++, rest = Math.floor(rest / 32)) {
    time = kDigits[rest % 32] + time;
  }
  return time + Array.from(chance.slice(0, kChanceDigits), (byte) => kDigits[byte % 32]).join('');
}

export function newUlid() {
  return makeUlid(Date.now(), crypto.getRandomValues(new Uint8Array(kChanceDigits)));
}
