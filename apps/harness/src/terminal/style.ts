import pc from 'picocolors';

type Output = { readonly isTTY?: boolean | undefined; readonly columns?: number };
type Variables = Readonly<Record<string, string | undefined>>;

/** Whether lines may be drawn over: a terminal that can move its cursor. */
export const isLive = (output: Output, environment: Variables = process.env): boolean =>
  output.isTTY === true && output.columns !== 0 && environment.TERM !== 'dumb' && !environment.CI;

/** Colours, where the output shows them and nobody has asked for none (https://no-color.org). */
export function colours(
  output: Output,
  environment: Variables = process.env,
): Pick<typeof pc, 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'> {
  const wanted = environment.NO_COLOR
    ? false
    : environment.FORCE_COLOR
      ? environment.FORCE_COLOR !== '0'
      : output.isTTY === true && environment.TERM !== 'dumb';
  return pc.createColors(wanted);
}
