// Times as the bench tells them.

/// Tenths of a millisecond: no clock of a browser is better.
export const tenths = (time) => Math.round(10 * time) / 10;

export function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => tenths(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50: at(0.5), p95: at(0.95), most: at(1), n: sorted.length };
}
