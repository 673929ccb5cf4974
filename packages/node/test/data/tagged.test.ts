import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ContinualLearningError, entityTypes } from '@cl/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTaggedCsv, readTagged } from '../../src/data/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tagged-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const refusal = (run: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'nothing',
      (error: unknown) => (ContinualLearningError.is(error) ? `${error.code} ${error.message}` : String(error)),
    );

const EXPECTED = [
  { words: ['Ada', 'Lovelace'], tags: ['B-PER', 'I-PER'] },
  { words: ['Paris'], tags: ['B-LOC'] },
];

describe('readTagged', () => {
  it('knows a format by its name', async () => {
    const conll = 'Ada\tB-PER\nLovelace\tI-PER\n\nParis\tB-LOC\n';
    const jsonl = '{"tokens":["Ada","Lovelace"],"tags":["B-PER","I-PER"]}\n{"tokens":["Paris"],"tags":["B-LOC"]}\n';
    const csv = 'sentence,word,tag\n1,Ada,B-PER\n1,Lovelace,I-PER\n2,Paris,B-LOC\n';
    expect(await readTagged(await file('a.conll', conll))).toEqual(EXPECTED);
    expect(await readTagged(await file('a.txt.gz', gzipSync(conll)))).toEqual(EXPECTED);
    expect(await readTagged(await file('a.jsonl', jsonl))).toEqual(EXPECTED);
    expect(await readTagged(await file('a.csv.gz', gzipSync(csv)))).toEqual(EXPECTED);
    expect(await readTagged(await file('odd.name', csv), { format: 'csv' })).toEqual(EXPECTED);
    expect(await readTagged(await file('four', 'x Ada B-PER\ny Lovelace I-PER\n\nz Paris B-LOC'), { conll: { word: 1 } })).toEqual(
      EXPECTED,
    );
  });

  it('says what is wrong with which file', async () => {
    expect(await refusal(() => readTagged(join(folder, 'none')))).toMatch(/^CL_DATA .*none: cannot be read/);
    const cut = await file('cut.gz', gzipSync('Ada\tO\n').subarray(0, 12));
    expect(await refusal(() => readTagged(cut))).toMatch(/^CL_DATA .*cut\.gz: cannot be read/);
    const bad = await file('bad.conll', 'Ada\tO\nParis\tplace\n');
    expect(await refusal(() => readTagged(bad))).toMatch(/^CL_LABEL bad\.conll, line 2: /);
    expect(await refusal(() => readTagged(bad, { format: 'xml' as 'csv' }))).toMatch(/^CL_OPTION .*format/);
  });
});

describe('CSV', () => {
  it('takes quotes, blank sentence cells and other columns, as in a well-known set', () => {
    const text =
      '\uFEFFSentence #,Word,POS,Tag\r\nSentence: 1,Ada,NNP,I-PER\r\n,Lovelace,NNP,I-PER\r\nSentence: 2,"Paris, ""la Ville""",NNP,S-LOC\r\n';
    const columns = { sentence: 'Sentence #', word: 'Word', tag: 'Tag' };
    expect(parseTaggedCsv(text, { columns })).toEqual([EXPECTED[0], { words: ['Paris, "la Ville"'], tags: ['B-LOC'] }]);
    expect(parseTaggedCsv('sentence;word;tag\n1;a;O', { delimiter: ';' })).toEqual([{ words: ['a'], tags: ['O'] }]);
    expect(parseTaggedCsv('sentence,word,tag\n')).toEqual([]);
  });

  it('says where it is wrong', async () => {
    expect(await refusal(() => parseTaggedCsv('sentence,word\n1,a', { file: 'x.csv' }))).toMatch(
      /^CL_DATA x\.csv, line 2: .*no column 'tag'.*sentence, word/,
    );
    expect(await refusal(() => parseTaggedCsv('sentence,word,tag\n1,a,O\n1,b,X', { file: 'x.csv' }))).toMatch(/^CL_LABEL x\.csv, line 3: /);
    expect(await refusal(() => parseTaggedCsv('sentence,word,tag\n1,"a,O'))).toMatch(/^CL_DATA text: is no CSV: /);
    expect(await refusal(() => parseTaggedCsv('sentence,word,tag\n1,a'))).toMatch(/^CL_DATA text: is no CSV: /);
  });
});

const data = process.env.CL_DATA;
/** Sentences and entities as the sets' own descriptions count them. */
describe.skipIf(!data)('the sets in CL_DATA', () => {
  it.each([
    ['ner-gum/gum-train.conll.gz', 2495, 8285],
    ['ner-wnut17/wnut17train.conll.gz', 3394, 1975],
    ['ner-wnut17/emerging.test.annotated.gz', 1287, 1079],
    ['ner-btc/btc.test.gz', 2001, 4376],
    ['ner-wikigold/wikigold.conll.txt.gz', 1696, 3558],
    ['ner-sec-filings/FIN5.txt.gz', 1164, 1168],
    ['ner-crossner/ai.train.txt.gz', 100, 532],
    ['ner-biomed/BioNLP13CG.train.tsv.gz', 3033, 10826],
    ['ner-fewnerd36/dev.txt.gz', 11710, 27797],
  ])('%s: %d sentences, %d entities', async (path, count, entities) => {
    const sentences = await readTagged(join(data!, path));
    expect(sentences).toHaveLength(count);
    expect(sentences.flatMap(({ tags }) => tags).filter((tag) => tag.startsWith('B-'))).toHaveLength(entities);
    expect(entityTypes(sentences).length).toBeGreaterThan(2);
  });
});
