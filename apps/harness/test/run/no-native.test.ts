import { describe, expect, it } from 'vitest';
import { command } from '../cli/cl.js';
import { resultsIn } from './results.js';

const { cl, at } = command({ native: false });

describe('without native TensorFlow', () => {
  it('everything runs, and says once that it is slow and what cures it', async () => {
    const out = at('slow');
    const { code, stdout, stderr } = await cl(
      'compare split-digits --strategies finetune,replay --seeds 1 --limit 20,20 --epochs 1 --workers 2'.split(' ').concat('--out', out),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Pure JavaScript, about \d+x slower.*setup\n$/) });
    expect(stdout).toContain('replay');
    const results = resultsIn(out);
    expect(results).toHaveLength(2);
    for (const { spec, environment } of results) {
      expect(spec.compiler).toBe('eager');
      expect(environment).toMatchObject({ backend: 'cpu', tensorflow: null });
    }
  }, 180_000);
});
