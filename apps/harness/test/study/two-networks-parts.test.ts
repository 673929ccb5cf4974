import { memoryStore, NO_TARGET, random } from '@cl/core';
import { trainByteLevelBpe } from '@cl/models';
import { das } from '@cl/regularization';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/run/backend.js';
import { answerIn, FORMATS, hasFormat, REQUESTS, says } from '../../src/study/two-networks/formats.js';
import { factProbes, formatProbes, makeInstructions, styleProbes } from '../../src/study/two-networks/instructions.js';
import { lookUp } from '../../src/study/two-networks/look-up.js';
import { network, trained } from '../../src/study/two-networks/network.js';
import { ATTRIBUTE_NAMES, ATTRIBUTES, makePeople, passing, textsAbout } from '../../src/study/two-networks/people.js';
import { countOf, mixed, packedExchanges, packedTexts } from '../../src/study/two-networks/rows.js';
import { END, prompt, SPECIAL } from '../../src/study/two-networks/turns.js';

const people = makePeople(24, 1);
const instructions = makeInstructions({ people: people.slice(0, 8), strangers: people.slice(16), count: 800, seed: 1 });

describe('invented people', () => {
  it('have different names, and each value belongs to as many as any other', () => {
    expect(new Set(people.map(({ name }) => name)).size).toBe(24);
    for (const attribute of ATTRIBUTE_NAMES) {
      const counts = ATTRIBUTES[attribute].values.map((value) => people.filter(({ facts }) => facts[attribute] === value).length);
      expect(counts).toEqual(counts.map(() => 2));
    }
  });

  it('are asked about in tests in wordings that training does not have', () => {
    for (const { questions } of Object.values(ATTRIBUTES))
      expect(questions.train.filter((text) => questions.test.includes(text))).toEqual([]);
    for (const { train, test } of Object.values(REQUESTS)) expect(train.filter((text) => text !== '' && test.includes(text))).toEqual([]);
    const asked = new Set(instructions.map(({ question }) => question));
    const { refusal, talk } = styleProbes(60, 1);
    // A list names the person and two attributes, so that only its request is new.
    for (const { question } of [...factProbes(people), ...formatProbes(people, 20, 1), ...refusal, ...talk])
      expect(asked).not.toContain(question);
  });

  it('that no instruction is about are in none', () => {
    const [old, strangers] = [people.slice(8, 16), people.slice(16)];
    const text = instructions.map(({ question, answer }) => `${question} ${answer}`).join('\n');
    for (const { name } of old) expect(text).not.toContain(name);
    for (const { name } of strangers) expect(text).toContain(name);
  });

  it('are read about whether or not they are known, and what is read is often not what is known', () => {
    const read = instructions.filter(({ question }) => question.startsWith('Read: '));
    expect(read.length).toBe(instructions.length / 4);
    const about = ({ name }: { readonly name: string }) => read.filter(({ question }) => question.includes(name));
    for (const person of [...people.slice(0, 8), ...people.slice(16)]) expect(about(person).length).toBeGreaterThan(0);
    const known = people.slice(0, 8).flatMap((person) => about(person).map(({ answer }) => says(answer, [person.facts.town])));
    expect(known.filter((is) => !is).length).toBeGreaterThan(known.length / 2);
    for (const { question, answer } of read) expect(question).toContain(answer.match(/\w+(?=\.$)/)![0]);
  });

  it('who pass by are somebody else each time', () => {
    const draws = random(1, 'test');
    const seen = Array.from({ length: 50 }, () => passing(people[0]!, draws).facts.town);
    expect(new Set(seen).size).toBeGreaterThan(6);
  });

  it('are spoken of in every text with all that is true of them', () => {
    const [text] = textsAbout([people[0]!], 1, 1);
    for (const value of Object.values(people[0]!.facts)) expect(text).toContain(value);
  });
});

describe('formats', () => {
  it('are told apart: each answer has its own and no other', () => {
    const [person] = people;
    for (const format of FORMATS) {
      const attributes = format === 'list' ? (['town', 'job'] as const) : (['town'] as const);
      const text = answerIn(format, person!, attributes);
      const right = FORMATS.filter((other) => hasFormat(other, { text, ended: true }, 2));
      expect([format, right]).toEqual([format, [format]]);
      expect(hasFormat(format, { text, ended: false }, 2)).toBe(false);
      expect(
        says(
          text,
          attributes.map((attribute) => person!.facts[attribute]),
        ),
      ).toBe(true);
    }
  });

  it('have nothing to do with being right', () => {
    expect(hasFormat('list', { text: '- Rome', ended: true }, 2)).toBe(false);
    expect(says('NOT ROME BUT OSLO', ['Oslo', 'Rome'])).toBe(true);
    expect(says('Romeo', ['Rome'])).toBe(false);
  });
});

describe('rows', () => {
  const tokenizer = trainByteLevelBpe(['a b c d'], { vocabulary: 270, special: SPECIAL });

  it('of exchanges learn answers and their ends, and nothing of questions or padding', () => {
    const { ids, targets, length } = packedExchanges(
      [
        { question: 'a', answer: 'b' },
        { question: 'c', answer: 'd' },
      ],
      tokenizer,
      24,
    );
    expect(countOf({ ids, targets, length })).toBe(1);
    const learned = [...ids].filter((_, i) => targets[i] !== NO_TARGET);
    expect(tokenizer.decode(learned)).toBe(` b${END} d${END}`);
    expect([...targets].every((target, i) => target === NO_TARGET || target === ids[i])).toBe(true);
    expect(() => packedExchanges([{ question: 'a'.repeat(30), answer: 'b' }], tokenizer, 24)).toThrow(
      expect.objectContaining({ code: 'CL_DATA' }),
    );
  });

  it('of a mixture have its shares in any stretch, within a row, and all of a source before any again', () => {
    const [one, other] = ['a', 'b'].map((text) => packedTexts([text.repeat(200)], tokenizer, 8));
    const first = one!.ids[3]!;
    const { ids } = mixed(
      [
        { rows: one!, share: 0.95 },
        { rows: other!, share: 0.05 },
      ],
      400,
      1,
    );
    const isOther = Array.from({ length: 400 }, (_, row) => !ids.subarray(row * 8, row * 8 + 8).includes(first));
    for (let from = 0; from + 100 <= 400; from += 50) {
      const share = isOther.slice(from, from + 100).filter(Boolean).length;
      expect(Math.abs(share - 5)).toBeLessThanOrEqual(1);
    }
    expect(isOther.filter(Boolean)).toHaveLength(20);
  });
});

describe('looking up', () => {
  const ask = lookUp(textsAbout(people.slice(0, 6), 12, 1));

  it('puts sentences about the one who is asked for before the question', () => {
    const [{ name, facts }] = people as [(typeof people)[number]];
    const asked = ask(`What is the job of ${name}?`);
    expect(asked).toMatch(/^Read: .+ What is the job of \w+\?$/);
    expect(asked).toContain(facts.job);
    expect(prompt(asked)).not.toContain(people[1]!.name);
  });

  it('leaves a question as it is where the text says nothing about whom it names, or it names nobody', () => {
    for (const question of [`What is the job of ${people[20]!.name}?`, 'How do I steal a car?', 'Hello.'])
      expect(ask(question)).toBe(question);
  });
});

describe('training on rows', () => {
  beforeAll(async () => {
    await loadBackend();
  });
  const tokenizer = trainByteLevelBpe(['a b c d'], { vocabulary: 270, special: SPECIAL });
  const rows = packedTexts(textsAbout(people, 2, 1), tokenizer, 16);
  const model = network({ vocabulary: 270, sequence: 16, width: 8, layers: 1, heads: 2 });
  const training = { model, from: null, rows: mixed([{ rows, share: 1 }], 24, 1), batchSize: 4, learningRate: 1e-2, seed: 1 };
  const numbers = (parameters: tf.NamedTensorMap) => {
    const values = Object.values(parameters).map((tensor) => tensor.arraySync());
    tf.dispose(parameters);
    return values;
  };

  it('goes on where it was interrupted as if it had not been, behind a task of old instructions too', async () => {
    const whole = { ...training, before: mixed([{ rows, share: 1 }], 8, 2), strategy: das({ general: false, contrast: 0 }) };
    const straight = numbers(await trained(whole));
    const [store, stop] = [memoryStore(), new AbortController()];
    const onStep = ({ iteration }: { iteration: number }) => iteration === 3 && stop.abort();
    await expect(trained({ ...whole, store, signal: stop.signal, onStep: (step) => void onStep(step) })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const steps: number[] = [];
    expect(numbers(await trained({ ...whole, store, onStep: ({ iteration }) => void steps.push(iteration) }))).toEqual(straight);
    expect(steps).toEqual([4, 5, 6]);
  });

  it('has not moved a weight before it began', async () => {
    const before = mixed([{ rows, share: 1 }], 8, 2);
    const plain = numbers(await trained(training));
    expect(numbers(await trained({ ...training, before }))).toEqual(plain);
  });
});
