/** Numbers of four bytes as those of two, rounded to the nearest: sign, five bits of exponent, ten of fraction. */
export function halves(bytes: Uint8Array): Uint8Array {
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const result = Uint16Array.from(values, halfOf);
  return new Uint8Array(result.buffer);
}

/** Above it, the nearest half is infinite. */
const LARGEST = 65_504;

function halfOf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.min(Math.abs(value), LARGEST);
  // The exponent that leaves ten bits of fraction; below 2⁻¹⁴ steps are no longer made smaller.
  const exponent = Math.max(Math.floor(Math.log2(size || 2 ** -24)), -14);
  const steps = Math.round(size / 2 ** (exponent - 10));
  // With an exponent of −14 a fraction below 1024 has no leading bit: the sum is right for both, and where rounding carries over.
  return sign | ((exponent + 14) * 1024 + steps);
}
