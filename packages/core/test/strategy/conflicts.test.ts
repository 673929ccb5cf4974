import { describe, expect, it } from 'vitest';
import { type AnyStrategy, type Claim, ContinualLearningError, compose } from '../../src/index.js';

const part = (name: string, claims: readonly Claim[] = [], hooks: object = {}): AnyStrategy =>
  ({ name, claims, init: () => ({}), ...hooks }) as unknown as AnyStrategy;

function conflict(...parts: readonly AnyStrategy[]): string | null {
  try {
    compose(...(parts as readonly never[]));
    return null;
  } catch (error) {
    if (!ContinualLearningError.is(error, 'CL_CONFLICT')) throw error;
    return error.message;
  }
}

const updates = () => ({});

describe('compose refuses', () => {
  it('a strategy twice', () => {
    expect(conflict(part('ewc'), part('lwf'), part('ewc'))).toBe("compose(): 'ewc' appears twice. Give it once, with the options of both.");
    expect(conflict(compose(part('ewc') as never) as never, part('ewc'))).toMatch(/appears twice/);
  });

  it.each<[Claim, string]>([
    ['direction', 'decide the direction of a step'],
    ['optimizer', 'replace the optimizer'],
    ['architecture', 'divide the parameters among the tasks'],
    ['prediction', 'decide how predictions are made'],
  ])('two owners of %s', (claim, reason) => {
    expect(conflict(part('a', [claim]), part('b', [claim]))).toBe(
      `compose(): 'b' also claims '${claim}', which 'a' already owns. Only one strategy can ${reason}; drop one of them.`,
    );
  });

  it('what adds parameters beside what knows only those of the layers, in both orders; but not two of a kind', () => {
    const [adds, knows] = [part('hat', ['parameters']), part('gpm', ['layers'])];
    const why = "'hat' adds parameters of its own, and 'gpm' knows only those of the model's layers; drop one of them.";
    expect(conflict(knows, adds)).toBe(`compose(): 'hat' claims 'parameters', which cannot stand beside 'layers' of 'gpm'. ${why}`);
    expect(conflict(adds, knows)).toBe(`compose(): 'gpm' claims 'layers', which cannot stand beside 'parameters' of 'hat'. ${why}`);
    expect(conflict(part('a', ['layers']), part('b', ['layers']))).toBeNull();
    expect(conflict(part('a', ['parameters']), part('b', ['parameters']))).toBeNull();
    expect(conflict(part('a', ['parameters', 'layers']))).toBeNull();
  });

  it('two that do what only one can, though they do not claim it', () => {
    expect(conflict(part('a', [], { optimize: updates }), part('b', [], { optimize: updates }))).toMatch(/'b' also claims 'optimizer'/);
    expect(conflict(part('a', ['prediction']), part('b', [], { predict: updates }))).toMatch(/'b' also claims 'prediction'/);
  });

  it('a change of the updates after a promise about them, with the order that works', () => {
    expect(conflict(part('agem', ['direction'], { updates }), part('spg', [], { updates }))).toBe(
      "compose(): 'spg' changes updates after 'agem' has made a promise about them. Put 'agem' after 'spg'.",
    );
    expect(conflict(part('packnet', ['architecture'], { updates }), part('agem', ['direction'], { updates }))).toMatch(
      /Put 'packnet' after 'agem'/,
    );
    expect(conflict(part('packnet', ['architecture'], { updates }), part('ncl', ['optimizer'], { optimize: updates }))).toMatch(
      /Put 'packnet' after 'ncl'/,
    );
  });
});

describe('compose takes', () => {
  it.each<[string, readonly AnyStrategy[]]>([
    [
      'promises last',
      [part('spg', [], { updates }), part('agem', ['direction'], { updates }), part('packnet', ['architecture'], { updates })],
    ],
    ['the optimizer first', [part('ncl', ['optimizer'], { optimize: updates }), part('agem', ['direction'], { updates })]],
    ['two that change updates without a promise', [part('spg', [], { updates }), part('das', [], { updates })]],
    ['a promise before what does not touch updates', [part('agem', ['direction'], { updates }), part('ewc', [], { loss: () => null })]],
    ['different claims', [part('a', ['prediction']), part('b', ['architecture']), part('c', ['optimizer'])]],
    ['nothing', []],
  ])('%s', (_what, parts) => {
    expect(conflict(...parts)).toBeNull();
  });
});
