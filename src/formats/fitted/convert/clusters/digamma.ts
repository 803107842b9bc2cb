/** Above this the asymptotic series is exact to a double's last digit. */
const LARGE = 10;
/** B₂ₙ / 2n for n = 1, 2, …, with B the Bernoulli numbers. */
const TERMS = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** The logarithmic derivative of the gamma function, for x above zero. */
export function digamma(x: number): number {
  let value = 0;
  let at = x;
  while (at < LARGE) {
    value -= 1 / at;
    at += 1;
  }
  const square = 1 / (at * at);
  const series = TERMS.reduceRight((sum, term) => (sum + term) * square, 0);
  return value + Math.log(at) - 0.5 / at - series;
}
