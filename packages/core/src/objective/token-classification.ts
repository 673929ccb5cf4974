import type { Objective } from './objective.js';
import { accuracyOfTokens, checkTokens, crossEntropyOfTokens } from './tokens.js';

/**
 * A class for each token, as in named-entity recognition: softmax cross-entropy over the outputs that compete for the token's row, the
 * mean over all tokens with a target; reports `accuracy`, of tokens. Targets: labels, int32 [batch, sequence], and −100 (`NO_TARGET`; any
 * negative number) for tokens that have none, such as padding. Outputs of the model: logits, [batch, sequence, outputs].
 *
 * A sequence-to-sequence model, which is given its answers one place late, is trained by it too.
 *
 * @example new Learner({ model: tagger, objective: tokenClassification(), optimizer: adamW(5e-5), scenario: 'class' })
 */
export function tokenClassification(): Objective {
  return {
    name: 'tokenClassification',
    terms: (outputs, batch) => crossEntropyOfTokens(outputs, batch.y, batch),
    measure: (outputs, batch) => ({ accuracy: accuracyOfTokens(outputs, batch.y, batch) }),
    check: (y, outputs) => checkTokens('tokenClassification', y, outputs),
  };
}
