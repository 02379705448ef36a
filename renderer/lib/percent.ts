/**
 * A share in words, as docker prints it: 1 is one processor, or all of something; more is more of them. "0.4 %", "12 %", "250 %".
 * @param share not negative
 */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  if (value < 0.05) return "0.0 %";
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0)} %`;
}
