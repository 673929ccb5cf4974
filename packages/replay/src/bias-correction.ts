/** What is done to the logits of some classes: z ← scale z + shift. */
export type Correction = { readonly classes: readonly number[]; readonly scale: number; readonly shift: number };

const STEPS = 100;

/**
 * The scale and the shift of the new classes' logits with the smallest mean cross-entropy on balanced examples. It is convex in the two, and
 * Newton's method with halved steps finds it to the last digits, in 64-bit floats on the host.
 *
 * @param logits Rows of logits, one after another; of classes that do not count, far below the others.
 * @param labels The class of each row.
 * @param outputs Logits of a row.
 * @param classes The new classes.
 * @param ridge Pull towards scale 1 and shift 0, for what can be told apart without an error: there the best scale would be infinite.
 */
export function fitCorrection(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  outputs: number,
  classes: readonly number[],
  ridge = 1e-3,
): Correction {
  const lossAt = (pair: Pair) => lossOf(pair, logits, labels, isNew, ridge);
  const isNew = Array.from({ length: outputs }, (_, c) => classes.includes(c));
  let at = { scale: 1, shift: 0 };
  let here = lossAt(at);
  for (let step = 0; step < STEPS; step++) {
    const [g, h, k] = [here.scale, here.shift, here];
    const determinant = k.scaleScale * k.shiftShift - k.scaleShift ** 2;
    const direction = {
      scale: (k.scaleShift * h - k.shiftShift * g) / determinant,
      shift: (k.scaleShift * g - k.scaleScale * h) / determinant,
    };
    let size = 1;
    let next = moved(at, direction, size);
    let there = lossAt(next);
    while (there.loss > here.loss && size > 1e-6) {
      size /= 2;
      next = moved(at, direction, size);
      there = lossAt(next);
    }
    if (!(there.loss < here.loss)) break;
    [at, here] = [next, there];
  }
  return { classes, ...at };
}

type Pair = { readonly scale: number; readonly shift: number };
const moved = (at: Pair, by: Pair, size: number): Pair => ({ scale: at.scale + size * by.scale, shift: at.shift + size * by.shift });

/** The loss with its first and second derivatives by scale and shift. */
function lossOf({ scale, shift }: Pair, logits: ArrayLike<number>, labels: ArrayLike<number>, isNew: readonly boolean[], ridge: number) {
  const [outputs, rows] = [isNew.length, labels.length];
  const sum = { loss: 0, scale: 0, shift: 0, scaleScale: 0, scaleShift: 0, shiftShift: 0 };
  for (let row = 0; row < rows; row++) {
    const raw = Array.from({ length: outputs }, (_, c) => logits[row * outputs + c]!);
    const z = raw.map((value, c) => (isNew[c] ? scale * value + shift : value));
    const highest = Math.max(...z);
    const powers = z.map((value) => Math.exp(value - highest));
    const total = powers.reduce((a, b) => a + b);
    const label = labels[row]!;
    // Means over softmax of what a logit gains by scale (its raw value) and by shift (1), among the new classes.
    let [byScale, byShift, twice] = [0, 0, 0];
    for (let c = 0; c < outputs; c++) {
      if (!isNew[c]) continue;
      const p = powers[c]! / total;
      byScale += p * raw[c]!;
      byShift += p;
      twice += p * raw[c]! ** 2;
    }
    sum.loss += highest + Math.log(total) - z[label]!;
    sum.scale += byScale - (isNew[label] ? raw[label]! : 0);
    sum.shift += byShift - (isNew[label] ? 1 : 0);
    sum.scaleScale += twice - byScale ** 2;
    sum.scaleShift += byScale - byScale * byShift;
    sum.shiftShift += byShift - byShift ** 2;
  }
  return {
    loss: sum.loss / rows + (ridge / 2) * ((scale - 1) ** 2 + shift ** 2),
    scale: sum.scale / rows + ridge * (scale - 1),
    shift: sum.shift / rows + ridge * shift,
    scaleScale: sum.scaleScale / rows + ridge,
    scaleShift: sum.scaleShift / rows,
    shiftShift: sum.shiftShift / rows + ridge,
  };
}
