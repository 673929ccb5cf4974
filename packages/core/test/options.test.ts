import { describe, expect, it } from 'vitest';
import { ContinualLearningError } from '../src/errors.js';
import { checkBoolean, checkFunction, checkInteger, checkKnown, checkList, checkNumber, checkOneOf, show } from '../src/options.js';

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(ContinualLearningError.is(error, 'CL_OPTION')).toBe(true);
    return (error as Error).message;
  }
  throw new Error('Nothing was thrown.');
}

describe('checkNumber', () => {
  it('returns what is allowed', () => {
    expect(checkNumber('adam', 'beta1', 0, { min: 0, below: 1 })).toBe(0);
    expect(checkNumber('gem', 'strength', -3)).toBe(-3);
    expect(checkNumber('er', 'capacity', Infinity, { min: 1, infinite: true })).toBe(Infinity);
  });

  it('says who, what was received and what is needed', () => {
    expect(messageOf(() => checkNumber('adam', 'beta1', 1.2, { min: 0, below: 1 }))).toBe(
      'adam({ beta1: 1.2 }): beta1 must be a number in [0, 1), received 1.2.',
    );
    expect(messageOf(() => checkNumber('ewc', 'lambda', '3', { min: 0 }))).toBe(
      "ewc({ lambda: '3' }): lambda must be a number of at least 0, received '3'.",
    );
    expect(messageOf(() => checkNumber('sgd', 'learningRate', 0, { above: 0 }))).toContain('a number greater than 0, received 0.');
  });

  it.each([undefined, null, NaN, Infinity, -Infinity, '1', [1], {}])('refuses %s', (value) => {
    expect(messageOf(() => checkNumber('f', 'x', value))).toContain('x must be a number, received');
  });
});

describe('checkInteger', () => {
  it('takes whole numbers only', () => {
    expect(checkInteger('f', 'n', 3, { min: 1 })).toBe(3);
    expect(messageOf(() => checkInteger('f', 'n', 2.5, { min: 1 }))).toBe(
      'f({ n: 2.5 }): n must be a whole number of at least 1, received 2.5.',
    );
    expect(messageOf(() => checkInteger('f', 'n', 0, { min: 1, infinite: true }))).toContain(
      'a whole number of at least 1 or Infinity, received 0.',
    );
    expect(checkInteger('f', 'n', Infinity, { min: 1, infinite: true })).toBe(Infinity);
  });
});

describe('checkOneOf, checkBoolean, checkFunction, checkList', () => {
  it('suggests the nearest choice', () => {
    expect(checkOneOf('ewc', 'fisher', 'exact', ['exact', 'sample'])).toBe('exact');
    expect(messageOf(() => checkOneOf('ewc', 'fisher', 'exat', ['exact', 'sample']))).toBe(
      "ewc({ fisher: 'exat' }): fisher must be one of 'exact', 'sample', received 'exat'. Did you mean 'exact'?",
    );
    expect(messageOf(() => checkOneOf('ewc', 'fisher', 7, ['exact', 'sample']))).not.toContain('Did you mean');
  });

  it('names the item of a list', () => {
    expect(
      messageOf(() => checkList('step', 'milestones', [1, -2], (item, name) => checkInteger('step', name, item, { min: 0 }))),
    ).toContain('milestones[1] must be a whole number of at least 0, received -2.');
    expect(messageOf(() => checkList('step', 'milestones', 3, (item) => item))).toContain('milestones must be a list, received 3.');
    expect(messageOf(() => checkBoolean('momentum', 'nesterov', 1))).toContain('nesterov must be true or false, received 1.');
    expect(messageOf(() => checkFunction('f', 'g', 2 as unknown as () => void))).toContain('g must be a function, received 2.');
  });
});

describe('checkKnown', () => {
  it('refuses an unknown option with the probable one', () => {
    expect(() => checkKnown('ewc', { lambda: 1 }, ['lambda'])).not.toThrow();
    expect(messageOf(() => checkKnown('ewc', { lamda: 3 }, ['lambda', 'fisher']))).toBe(
      "ewc({ lamda: 3 }): there is no option 'lamda'. Did you mean 'lambda'? Options: lambda, fisher.",
    );
    expect(messageOf(() => checkKnown('er', { zzz: 3 }, ['capacity']))).not.toContain('Did you mean');
    expect(messageOf(() => checkKnown('er', 100, ['capacity']))).toBe('er(100): expected a record of options (capacity), received 100.');
  });
});

describe('show', () => {
  it('writes values as code, shortened', () => {
    expect([show('a'), show(-0), show([1, 'b']), show({ a: { b: 2 } }), show(new Float32Array(2)), show(null)]).toEqual([
      "'a'",
      '-0',
      "[1, 'b']",
      '{ a: { b: 2 } }',
      'a Float32Array',
      'null',
    ]);
    expect(show('x'.repeat(500)).length).toBeLessThan(70);
  });
});
